import { program } from '../../program.mjs';

export const runtime = 'edge';

export async function GET() {
  return Response.json(await program());
}
