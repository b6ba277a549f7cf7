"""The organisation's metadata: what administrators deploy to change the organisation itself.

A deployment on its way: ``service`` checks the user, ``deploys`` queues it and runs it in the
background. ``package`` unpacks the zip and reads its manifest, ``components`` makes components of
its files (``nodes`` reads XML, ``schema`` knows what may stand in it, ``types`` where it lies).
``deployment`` takes them in their order, and ``saving`` brings each into a ``workspace``: one
transaction with a draft of the catalogue. There ``handlers`` let it take effect: fields and objects
in the catalogue, permission sets as records; ``formula`` compiles formula fields. ``store`` keeps
the definition, ``jobs`` the outcome.

The way back: ``reading`` and ``retrieves`` make files of what is there, ``records`` serves single
components; ``adoption`` keeps a definition of what came in by other ways.
"""
