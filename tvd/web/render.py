"""Pages out of templates, in the viewer's language."""

from collections.abc import Collection
from typing import Any

import aiohttp_jinja2
from aiohttp import hdrs, web

from tvd.web.answers import HTML_TYPE, Content, answer
from tvd.web.keys import BROADCAST, LANGUAGES, STATIC
from tvd.web.languages import COOKIE


def page(request: web.Request, template: str, *, says: Collection[str], **context: Any) -> web.Response:
    """Return ``template`` filled with ``context``, as HTML in the language of whoever asks.

    Every template finds ``t(key, **values)`` (a text), ``lang`` (the language's code), ``languages`` (all of them),
    ``static(name)`` (a URL) and ``title`` (what this television calls itself). ``says`` names the groups of texts (the
    first part of their keys) that the page's scripts find through ``texts.html``.
    """
    languages = request.app[LANGUAGES]
    language = languages.choose(request)
    html = aiohttp_jinja2.render_string(
        template,
        request,
        {
            "t": language.text,
            "lang": language.code,
            "languages": tuple(languages.all.values()),
            "static": request.app[STATIC].url,
            "texts": language.part(says),
            "title": request.app[BROADCAST].title,
            **context,
        },
    )
    response = answer(request, Content.of(html.encode(), HTML_TYPE))
    # The same URL says it in another language to others.
    response.headers[hdrs.VARY] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def chosen(request: web.Request) -> str:
    """Return the code of the language that whoever asks has set for themselves, "" when the browser decides."""
    code = request.cookies.get(COOKIE, "")
    return code if code in request.app[LANGUAGES].all else ""
