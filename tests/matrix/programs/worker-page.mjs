// A page whose module Worker does the work.
new Worker(new URL('./page.mjs', import.meta.url), { type: 'module' });
