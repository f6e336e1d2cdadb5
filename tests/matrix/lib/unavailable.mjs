/** Something that this machine does not have. What needs it is skipped, which is not the same as passed. */
export class Unavailable extends Error {}
