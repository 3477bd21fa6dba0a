"""What a web process serves."""

import multiprocessing

from django.core.wsgi import get_wsgi_application

from huying.config import parent

application = get_wsgi_application()

if multiprocessing.parent_process() is not None:  # a worker of `huying web`
    parent.follow()
