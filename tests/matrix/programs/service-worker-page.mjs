// A page whose Service Worker does the work. The worker reports as soon as it is active.
navigator.serviceWorker.register('/service-worker.mjs', { type: 'module' });
