import { call, choice, Network, needs, operators, optional, plus, type Rule, star, token } from './network.ts';

/** Rules whose operators bind more or less tightly. */
export const PRECEDENCE_RULES: readonly string[] = ['relation', 'calc', 'member'];

/** CEL's grammar (cel-go, parser/gen/CEL.g4), with its left recursion turned into loops. Returns the rule to start at. */
export function celGrammar(): Rule {
  const network = new Network();
  network.define('start', call('expr'), token('EOF'));
  network.define('expr', call('conditionalOr'), optional(token('?'), call('conditionalOr'), token(':'), call('expr')));
  network.define('conditionalOr', call('conditionalAnd'), star(false, token('||'), call('conditionalAnd')));
  network.define('conditionalAnd', call('relation'), star(false, token('&&'), call('relation')));
  network.define(
    'relation',
    call('calc'),
    operators(needs(1, token('<', '<=', '>=', '>', '==', '!=', 'in'), call('relation', 2))),
  );
  network.define(
    'calc',
    call('unary'),
    operators(needs(2, token('*', '/', '%'), call('calc', 3)), needs(1, token('+', '-'), call('calc', 2))),
  );
  network.define(
    'unary',
    choice(true, [call('member')], [plus(false, token('!')), call('member')], [plus(true, token('-')), call('member')]),
  );
  network.define(
    'member',
    call('primary'),
    operators(
      needs(3, token('.'), optional(token('?')), call('escapeIdent')),
      needs(2, token('.'), token('IDENTIFIER'), token('('), optional(call('exprList')), token(')')),
      needs(1, token('['), optional(token('?')), call('expr'), token(']')),
    ),
  );
  network.define(
    'primary',
    choice(
      true,
      [optional(token('.')), token('IDENTIFIER')],
      [optional(token('.')), token('IDENTIFIER'), token('('), optional(call('exprList')), token(')')],
      [token('('), call('expr'), token(')')],
      [token('['), optional(call('listInit')), optional(token(',')), token(']')],
      [token('{'), optional(call('mapInitializerList')), optional(token(',')), token('}')],
      [
        optional(token('.')),
        token('IDENTIFIER'),
        star(false, token('.'), token('IDENTIFIER')),
        token('{'),
        optional(call('fieldInitializerList')),
        optional(token(',')),
        token('}'),
      ],
      [call('literal')],
    ),
  );
  network.define('exprList', call('expr'), star(false, token(','), call('expr')));
  network.define('listInit', call('optExpr'), star(true, token(','), call('optExpr')));
  network.define(
    'fieldInitializerList',
    call('optField'),
    token(':'),
    call('expr'),
    star(true, token(','), call('optField'), token(':'), call('expr')),
  );
  network.define('optField', optional(token('?')), call('escapeIdent'));
  network.define(
    'mapInitializerList',
    call('optExpr'),
    token(':'),
    call('expr'),
    star(true, token(','), call('optExpr'), token(':'), call('expr')),
  );
  network.define('escapeIdent', choice(false, [token('IDENTIFIER')], [token('ESC_IDENTIFIER')]));
  network.define('optExpr', optional(token('?')), call('expr'));
  network.define(
    'literal',
    choice(
      true,
      [optional(token('-')), token('NUM_INT')],
      [token('NUM_UINT')],
      [optional(token('-')), token('NUM_FLOAT')],
      [token('STRING')],
      [token('BYTES')],
      [token('true')],
      [token('false')],
      [token('null')],
    ),
  );
  network.finish(PRECEDENCE_RULES);
  return network.rule('start');
}
