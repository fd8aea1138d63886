import { isProduct, type Tree } from './tree.ts'

type Ban = {
  readonly pattern: RegExp
  readonly instead: string
  /** Where the ban holds. */
  readonly inside: (path: string) => boolean
  /** Files that may, each for the reason given behind it. */
  readonly except?: Readonly<Record<string, string>>
}

const BEFORE_INSTALL = 'set-up runs before anything can be imported'
const isPure = (path: string) => path.startsWith('schemas/') || path.startsWith('models/')

const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/,
    instead: 'take a Clock',
    inside: isProduct,
    except: { 'pipelines/clock.ts': 'the one clock', 'bin/setup/install-lock.js': BEFORE_INSTALL },
  },
  {
    pattern: /\bMath\.random\b/,
    instead: 'take the randomness as a parameter',
    inside: isProduct,
    except: { 'pipelines/clock.ts': 'the one source' },
  },
  {
    pattern: /\bprocess\.env\b/,
    instead: 'read the config, or take the environment as a parameter',
    inside: isProduct,
    except: {
      'bin/main.ts': 'hands it to config.ts',
      'bin/setup/install.js': BEFORE_INSTALL,
      'bin/setup/launch.js': BEFORE_INSTALL,
      'pipelines/store/embedded/supervisor.ts': 'hands PATH, and nothing else, on to the child',
    },
  },
  {
    pattern: /\bconsole\.\w/,
    instead: 'write to the stream that was handed in',
    inside: (path) => isProduct(path) && !path.startsWith('bin/'),
  },
  {
    pattern: /\b(?:performance|crypto)\.\w|\bprocess\.\w|\b(?:setTimeout|setInterval|fetch|queueMicrotask)\(/,
    instead: 'pure folders know no clock, network, environment or randomness',
    inside: isPure,
  },
  {
    pattern: /\b(?:as|:)\s*any\b|<any>/,
    instead: 'parse it, or name its type',
    inside: (path) => isProduct(path) || path.startsWith('benchmarks/'),
  },
  {
    pattern: /\b(?:describe|it|test|suite)\.(?:only|skip|todo)\b/,
    instead: 'run every test; skipIf with a loud reason where a machine cannot',
    inside: (path) => path.startsWith('test/'),
  },
]

/** Calls that are banned here, as `file:line: text (instead …)`. */
export function bannedCalls(tree: Tree): string[] {
  return [...tree.values()].flatMap(({ path, code }) =>
    BANS.filter(({ inside, except }) => inside(path) && !Object.hasOwn(except ?? {}, path)).flatMap(
      ({ pattern, instead }) =>
        code
          .split('\n')
          .flatMap((line, index) =>
            pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()} (instead: ${instead})`] : [],
          ),
    ),
  )
}

/** Every exception is still needed: a list of exceptions only ever grows otherwise. */
export function staleExceptions(tree: Tree): string[] {
  return BANS.flatMap(({ pattern, except = {} }) =>
    Object.keys(except)
      .filter((path) => !pattern.test(tree.get(path)?.code ?? ''))
      .map((path) => `${path} needs no exception from ${pattern}`),
  )
}

/** The compiler's complaints are mended, not silenced. */
export function silencedCompiler(tree: Tree): string[] {
  return [...tree.values()].flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        /^\s*(?:\/\/|\/\*)\s*@ts-(?:ignore|nocheck)/.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  )
}
