"""What the operator wrote: ``config.toml``, the environment and ``channels.toml``, as frozen values.

``model`` holds the values (one struct a table of the file), ``load`` reads, merges and checks them. Nothing in here
knows how a channel works; nothing outside reads a configuration file.
"""
