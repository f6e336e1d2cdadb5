import { program } from '../../program.mjs';

export const dynamic = 'force-dynamic';

export async function GET() {
  return Response.json(await program());
}
