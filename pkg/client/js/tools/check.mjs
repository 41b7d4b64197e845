// Fails when the sources have a type error, or when types/ is not what `npm run types` would write.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = mkdtempSync(join(tmpdir(), 'aldis-types-'));

/** The files of a folder by name. */
const files = (folder) => new Map(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

try {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.json'), '--outDir', fresh], { stdio: 'inherit' });
  if (run.status !== 0) process.exitCode = 1;
  else {
    const [want, have] = [files(fresh), files(join(root, 'types'))];
    const wrong = [...new Set([...want.keys(), ...have.keys()])].filter((name) => want.get(name) !== have.get(name));
    if (wrong.length > 0) {
      console.error(`types/ is stale (npm run types): ${wrong.join(', ')}`);
      process.exitCode = 1;
    }
    // What a user's compiler makes of them, on their own.
    const alone = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', join(fresh, 'aldis.d.ts')];
    if (spawnSync(process.execPath, [tsc, ...alone], { stdio: 'inherit' }).status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true });
}
