"""What the operator wrote: ``config.toml``, the environment and ``channels.toml``, as frozen values.

``model`` holds the values (one struct a table of the file). ``load`` reads, merges and checks them: ``files`` (TOML),
``environment`` (``TVD_…``), ``fields`` (one value at a time, with ``units``), ``channels`` (merging ``channels.toml``,
``slugs``), ``check`` (what only the machine can tell). ``diff`` says what a reload changes, ``watch`` when to reload.
Nothing in here knows how a channel works; nothing outside reads a configuration file.
"""
