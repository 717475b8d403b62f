"""Pages out of templates, in the viewer's language."""

from collections.abc import Collection, Sequence
from typing import Any

import aiohttp_jinja2
from aiohttp import hdrs, web

from tvd.web.answers import HTML_TYPE, Content, answer
from tvd.web.keys import BROADCAST, LANGUAGES, STATIC
from tvd.web.languages import COOKIE


def page(
    request: web.Request, template: str, *, scripts: Sequence[str], says: Collection[str], **context: Any
) -> web.Response:
    """Return ``template`` filled with ``context``, as HTML in the language of whoever asks.

    ``scripts`` are the modules that the page runs, each as soon as it and what it imports are there. ``says`` names the
    groups of texts (the first part of their keys) that it finds through ``texts.html``.
    """
    languages = request.app[LANGUAGES]
    text = html(
        request,
        template,
        scripts=scripts,
        texts=languages.choose(request).part(says),
        languages=tuple(languages.all.values()),
        **context,
    )
    response = answer(request, Content.of(text.encode(), HTML_TYPE))
    # The same URL says it in another language to others.
    response.headers[hdrs.VARY] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def html(request: web.Request, template: str, *, scripts: Sequence[str] = (), **context: Any) -> str:
    """Return ``template`` filled with ``context`` and what every page finds.

    That is ``t(key, **values)`` (a text), ``lang`` (the language's code), ``static(name)`` (a URL) and ``title`` (what
    this television calls itself).
    """
    language = request.app[LANGUAGES].choose(request)
    every = {
        "t": language.text,
        "lang": language.code,
        "static": request.app[STATIC].url,
        "title": request.app[BROADCAST].title,
        "scripts": scripts,
        "modules": request.app[STATIC].modules(*scripts),
    }
    return aiohttp_jinja2.render_string(template, request, {**every, **context})


def chosen(request: web.Request) -> str:
    """Return the code of the language that whoever asks has set for themselves, "" when the browser decides."""
    code = request.cookies.get(COOKIE, "")
    return code if code in request.app[LANGUAGES].all else ""
