"""The operator's folders: sources found and probed in limited children, assets normalised and stored."""
