"""``./acceptance doctor``, ``status`` and ``config``: what there is before a run, in lines that name the remedy."""
