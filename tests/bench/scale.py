"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of all sections; latencies in milliseconds. `slow_items` and `loop_items` are how many connections the
    loops do. `fleet_aside` are the tenants of what the aims don't speak of: other shares of drift, TLS, the role as
    Ansible checks it too.

    With no `runs` but the one that looks at the memory, times are of that one.
    """

    runs: int = 3
    sizes: tuple[int, ...] = (1000,)
    states: tuple[str, ...] = ("empty", "converged", "drifted")
    slow_items: int = 3
    loop_items: int = 50
    forks: int = 20
    fleet_tenants: int = 300
    fleet_connections: int = 20
    fleet_latencies: tuple[int, ...] = (0, 30)
    fleet_drifted: int = 3
    fleet_aside: int = 100
    fleet_aside_drifted: tuple[int, ...] = (1, 10, 100)
    growing_connections: tuple[int, ...] = (100, 1000, 5000)
    growing_tenants: tuple[int, ...] = (100, 300, 2000)
    growing_tenants_connections: int = 5
    fan_out_tenants: int = 100
    fan_out_forks: tuple[int, ...] = (20,)
    fan_out_threads: tuple[int, ...] = (20,)
    fan_out_latency: int = 150


FULL = Scale()
QUICK = Scale(
    runs=1,
    sizes=(100,),
    slow_items=3,
    loop_items=20,
    fleet_tenants=40,
    fleet_connections=10,
    fleet_aside=20,
    growing_connections=(100, 1000),
    growing_tenants=(20, 60),
    fan_out_tenants=20,
)
SMALLEST = Scale(
    runs=0,
    sizes=(12,),
    states=("drifted",),
    slow_items=2,
    loop_items=4,
    forks=2,
    fleet_tenants=3,
    fleet_connections=2,
    fleet_latencies=(0,),
    fleet_aside=3,
    fleet_aside_drifted=(100,),
    growing_connections=(3,),
    growing_tenants=(2,),
    growing_tenants_connections=1,
    fan_out_tenants=2,
    fan_out_forks=(2,),
    fan_out_threads=(2,),
    fan_out_latency=1,
)
