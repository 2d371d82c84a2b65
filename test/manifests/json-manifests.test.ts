import { edits, remove, set } from './edit-text.ts'

/** JSON with every kind of indentation stays readable for JSON readers, and looks as before. */
const pretty = (unit: string, ...lines: readonly string[]) =>
  lines.map((line) => line.replace(/^( {2})*/, (indent) => unit.repeat(indent.length / 2))).join('\n')

for (const [name, unit] of Object.entries({ 'two blanks': '  ', 'four blanks': '    ', tabs: '\t' })) {
  const before = pretty(unit, '{', '  "a": {},', '  "b": [', '    1', '  ],', '  "c": "x"', '}', '')
  edits({
    [`${name}: a scalar`]: [before, set('c', 'yes'), before.replace('"x"', '"yes"')],
    [`${name}: members of an empty map`]: [
      before,
      set('a.d.e', 'x'),
      pretty(
        unit,
        '{',
        '  "a": {',
        '    "d": {',
        '      "e": "x"',
        '    }',
        '  },',
        '  "b": [',
        '    1',
        '  ],',
        '  "c": "x"',
        '}',
        '',
      ),
    ],
    [`${name}: an item`]: [
      before,
      set('b', [1, { d: 2 }]),
      pretty(
        unit,
        '{',
        '  "a": {},',
        '  "b": [',
        '    1,',
        '    {',
        '      "d": 2',
        '    }',
        '  ],',
        '  "c": "x"',
        '}',
        '',
      ),
    ],
    [`${name}: a new last member`]: [
      before,
      set('d', null),
      pretty(unit, '{', '  "a": {},', '  "b": [', '    1', '  ],', '  "c": "x",', '  "d": null', '}', ''),
    ],
    [`${name}: a removed last member takes the comma before it along`]: [
      before,
      remove('c'),
      pretty(unit, '{', '  "a": {},', '  "b": [', '    1', '  ]', '}', ''),
    ],
    [`${name}: a removed first member`]: [
      before,
      remove('a'),
      pretty(unit, '{', '  "b": [', '    1', '  ],', '  "c": "x"', '}', ''),
    ],
  })
}

edits({
  'minified JSON stays so': [
    '{"a":{"b":1},"l":[]}',
    [set('a.c', [1, { d: 'x' }]), set('l', ['y'])],
    '{"a":{"b":1,"c":[1,{"d":"x"}]},"l":["y"]}',
  ],
  'minified JSON loses members': ['{"a":1,"b":2,"c":3}', [remove('a'), remove('c')], '{"b":2}'],
  'JSON on one line with blanks keeps them': [
    '{"a": 1, "b": {"c": 2}}',
    set('b.d', 'x'),
    '{"a": 1, "b": {"c": 2, "d": "x"}}',
  ],
  'what only YAML can say is never written into JSON': [
    '{"a": "x"}\n',
    set('a', 'one\ntwo\u2028'),
    '{"a": "one\\ntwo\\u2028"}\n',
  ],
  'JSON in a document of a YAML file': [
    '---\n{"a": 1}\n---\nb: 1\n',
    set('c', 2),
    '---\n{"a": 1, "c": 2}\n---\nb: 1\n',
  ],
})
