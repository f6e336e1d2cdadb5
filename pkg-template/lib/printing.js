// What `console.log` shows of objects whose state is private, in Node and the runtimes that follow it.

/** The name of the method that they call with the depth, the options, and their own function `inspect`. */
export const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** The text for an object: the name of its class and these properties. */
export const printed = (name, properties, [, options, inspect]) => `${name} ${inspect(properties, options)}`;
