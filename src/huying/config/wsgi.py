"""What a web process serves."""

import gc
import multiprocessing

from django.core.wsgi import get_wsgi_application
from django.utils.timezone import now

from huying.config import parent
from huying.database.seats import Seats

django = get_wsgi_application()

from huying.config.express import Express  # noqa: E402  # needs Django set up
from huying.config.short_way import ShortWay  # noqa: E402

AT_WORK = 16  # threads of a process that use the database at the same time, each with a connection

seats = Seats(AT_WORK)
application = Express(ShortWay(django, seats), seats, now)

# What is loaded now stays for good: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)  # a bulk report makes some ten thousand objects, none of them a cycle

if watching := multiprocessing.parent_process():  # a worker of `huying web`
    parent.follow(watching.pid)
