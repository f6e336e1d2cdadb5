import { program } from './program.mjs';

export const config = { matcher: '/middleware' };

export async function middleware() {
  return Response.json(await program());
}
