"""Sphinx's settings for `make docs`: those of `antsibull-docs sphinx-init`, without other sites being asked."""

project = "qlikops.cloud"
title = "The collection qlikops.cloud"
html_short_title = title
extensions = ["sphinx.ext.intersphinx", "sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_use_smartypants = True
html_use_modindex = False
html_use_index = False
html_copy_source = False
# Made by tests/tools/docsite_references.py, so that a build needs no network and doesn't change when other sites do.
intersphinx_mapping = {"ansible": ("https://docs.ansible.com/projects/ansible/latest/", "../others.inv")}
default_role = "any"
nitpicky = True
