"""Channel layouts as PyAV gives them, made safe to let go of.

PyAV 18 copies libav's ``AVChannelLayout`` as it stands and frees the copy with its object. A layout in an order of its
own (7.1 in QuickTime, for one) points to a table, which then is freed twice: the process ends with SIGABRT, or later.
"""

import ctypes

from av.audio.layout import AudioLayout


def kept(layout: AudioLayout) -> AudioLayout:
    """Return ``layout``, which from now on is never freed: a few dozen bytes for each, in a process that ends soon.

    The table itself is freed by what it belongs to, so read the layout before that is closed.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
    return layout
