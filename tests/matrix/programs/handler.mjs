// A function that responds with the result, as edge runtimes call it.
import { program } from './program.mjs';

export default {
  async fetch() {
    return Response.json(await program());
  },
};
