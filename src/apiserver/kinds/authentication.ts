/** authentication.k8s.io/v1 */
import { kind } from './meta.ts';
import { bool, field, int64, listOf, mapOf, string, struct, time } from './type.ts';

const GROUP = 'io.k8s.api.authentication.v1';
const strings = listOf(string, { listType: 'atomic' });

const userInfo = struct(`${GROUP}.UserInfo`, 'UserInfo is who somebody is.', {
  username: field(string, 'The name.'),
  uid: field(string, 'An identity that outlives the name.'),
  groups: field(strings, 'The groups.'),
  extra: field(mapOf(strings), 'What else the authenticator knows.'),
});

export const selfSubjectReview = kind(`${GROUP}.SelfSubjectReview`, 'SelfSubjectReview tells who the caller is.', {
  status: field(
    struct(`${GROUP}.SelfSubjectReviewStatus`, 'SelfSubjectReviewStatus is the answer.', {
      userInfo: field(userInfo, 'Who the caller is.'),
    }),
    'The answer.',
  ),
});

export const tokenReview = kind(`${GROUP}.TokenReview`, 'TokenReview tells whose a token is.', {
  spec: field(
    struct(`${GROUP}.TokenReviewSpec`, 'TokenReviewSpec is the question.', {
      token: field(string, 'The token.', { required: true }),
      audiences: field(strings, 'For whom the token has to be meant.'),
    }),
    'The question.',
    { required: true },
  ),
  status: field(
    struct(`${GROUP}.TokenReviewStatus`, 'TokenReviewStatus is the answer.', {
      authenticated: field(bool, 'Whether the token is good.'),
      user: field(userInfo, 'Whose it is.'),
      audiences: field(strings, 'For whom it is meant.'),
      error: field(string, 'Why it is not good.'),
    }),
    'The answer.',
  ),
});

export const tokenRequest = kind(`${GROUP}.TokenRequest`, 'TokenRequest asks for a token of a service account.', {
  spec: field(
    struct(`${GROUP}.TokenRequestSpec`, 'TokenRequestSpec is what is asked for.', {
      audiences: field(strings, 'For whom the token is meant.', { empty: 'always', required: true }),
      expirationSeconds: field(int64, 'How long it is good.', { empty: 'pointer' }),
      boundObjectRef: field(
        struct(`${GROUP}.BoundObjectReference`, 'BoundObjectReference is what the token lives with.', {
          kind: field(string, 'Pod or Secret.'),
          apiVersion: field(string, 'Its API version.'),
          name: field(string, 'Its name.'),
          uid: field(string, 'Its uid.'),
        }),
        'What the token lives with.',
        { empty: 'pointer' },
      ),
    }),
    'What is asked for.',
    { required: true },
  ),
  status: field(
    struct(`${GROUP}.TokenRequestStatus`, 'TokenRequestStatus is the answer.', {
      token: field(string, 'The token.', { empty: 'always', required: true }),
      expirationTimestamp: field(time, 'Until when it is good.', { empty: 'always', required: true }),
    }),
    'The answer.',
  ),
});
