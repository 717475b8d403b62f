"""``make bench``: what tvd costs and how fast it is, beside references measured at the same time.

``python -m bench [SECTION …]`` runs the sections (:mod:`bench.cli` names them), prints one table and writes JSON into
``bench-results/``. Each section is a module with one ``measure`` that returns rows (:mod:`bench.results`). The rest is
what they share: ``prepare`` makes material once and keeps it in ``bench-results/.cache``, ``server`` runs a real tvd,
``references`` the other ways to make the same stream, ``usage`` reads what processes take, ``browser`` watches a
picture in Chromium. Every process is a scope that ends what it started; nothing is left but results and the cache.

``docs/benchmark.md`` says what each number means.
"""
