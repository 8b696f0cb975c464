// What the linter must catch here is promise safety: a rejection that nobody awaits ends a process,
// and a hook that never answers hangs a client. The rest is typescript-eslint's strict type-checked set.
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules', '.tools', 'var', 'bench-results'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'src/bin/*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
        { object: 'Date', property: 'now', message: 'Time comes from src/time/clock.ts.' },
        { object: 'Math', property: 'random', message: 'Randomness comes from src/time.' },
      ],
    },
  },
  {
    files: ['src/time/**', 'src/config/**', 'test/**', 'src/bin/sluice.js', 'src/bin/setup/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['test/**'], rules: { 'max-lines-per-function': 'off' } },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
)
