/** @jest-environment jsdom */
// This environment has neither fetch nor TextDecoder. What needs neither works; a request and the emulator name the environment that
// has both.
const { connect, InvalidArgumentError, JulesError, JulesLoadError, parseUnidiff } = require('jules-wasm');
const { createEmulator } = require('jules-wasm/emulator');

test('the package can be imported, and a request and the emulator name jest-fixed-jsdom', async () => {
  expect([typeof TextDecoder, typeof fetch]).toEqual(['undefined', 'undefined']);
  const jules = connect({ apiKey: 'key' });
  expect(() => jules.session('../x')).toThrow(InvalidArgumentError);
  const error = await jules.session('1').info().catch((thrown) => thrown);
  expect(error).toBeInstanceOf(JulesError);
  expect(error.message).toContain('jest-fixed-jsdom');
  const missing = await createEmulator().catch((thrown) => thrown);
  expect(missing).toBeInstanceOf(JulesLoadError);
  expect(missing.message).toMatch(/Request is not defined here\. No emulator was created\..*jest-fixed-jsdom/);
  const files = parseUnidiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n');
  process.stdout.write(`\nRESULT ${JSON.stringify({ parsed: files.map(({ path, additions }) => `${path} +${additions}`) })}\n`);
});
