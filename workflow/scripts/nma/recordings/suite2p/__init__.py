"""Parts of a folder of suite2p: settings, planes, and traces computed from them."""
