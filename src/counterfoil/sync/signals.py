"""Signals between threads of this process. Other processes look at the tables instead."""

import threading

# Set by whoever wants a pass at once; the embedded runner waits on it.
nudge = threading.Event()
# Set whenever something is to be brought to Xero at once; the thread that pushes waits on it.
push_nudge = threading.Event()
# Set when a webhook told of something; the thread that acts on events waits on it.
told_nudge = threading.Event()
# Set when a connection has changed its state: whoever watches looks at once.
alert_nudge = threading.Event()
# Set when this process is ending: a pass stops after the page under way.
stopping = threading.Event()
