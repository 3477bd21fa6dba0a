"""What a web process serves."""

import gc
import multiprocessing

from django.core.wsgi import get_wsgi_application

from huying.config import parent

application = get_wsgi_application()

# What is loaded now stays for good: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)  # a bulk report makes some ten thousand objects, none of them a cycle

if watching := multiprocessing.parent_process():  # a worker of `huying web`
    parent.follow(watching.pid)
