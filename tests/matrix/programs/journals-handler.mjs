// The journals of a Worker, with the namespace of Workers KV that it is bound to.
import { journals } from './journals.mjs';

export default {
  async fetch(request, { JOURNAL }) {
    return Response.json(await journals({ kv: JOURNAL }));
  },
};
