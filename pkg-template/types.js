// The types alone: empty at run time.
export {};
