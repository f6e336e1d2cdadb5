// The program as a Worker, which the runtime runs as a test.
import { program } from './program.js';

export default {
  async test(_controller, { BASE_URL }) {
    console.log(`RESULT ${JSON.stringify(await program(BASE_URL))}`);
  },
};
