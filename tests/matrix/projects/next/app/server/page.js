import { program } from '../../program.mjs';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const result = JSON.stringify(await program());
  return <main dangerouslySetInnerHTML={{ __html: result }} />;
}
