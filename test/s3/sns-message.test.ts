import t from 'tap'
import { snsMessageOf } from '../../src/s3/sns-message.js'

const COMMON = {
  MessageId: '165545c9-2a5c-472c-8df2-7ff2be2b3b1b',
  Timestamp: '2026-04-26T20:45:04.751Z',
  SignatureVersion: '1',
  Signature: 'EXAMPLE=',
  SigningCertURL: 'https://sns.us-west-2.amazonaws.com/x.pem'
}
const TOPIC = {
  TopicArn: 'arn:aws:sns:us-west-2:123456789012:MyTopic',
  SubscribeURL: 'https://sns.us-west-2.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f'
}

t.test('the three kinds of messages', async (t) => {
  t.strictSame(
    snsMessageOf({
      ...COMMON, ...TOPIC, Type: 'Notification', Subject: 'Amazon S3 Notification', Message: '{"Records":[]}'
    }),
    { is: 'Notification', message: '{"Records":[]}' }
  )
  for (const is of ['SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const) {
    t.strictSame(snsMessageOf({ ...COMMON, ...TOPIC, Type: is, Token: '2336412f', Message: 'You have chosen to …' }), {
      is, topic: TOPIC.TopicArn, url: TOPIC.SubscribeURL
    })
    for (const lack of ['TopicArn', 'SubscribeURL']) {
      t.throws(
        () => snsMessageOf({ ...TOPIC, [lack]: undefined, Type: is, Message: 'x' }), { name: 'SyntaxError' }, lack
      )
    }
  }
  t.throws(() => snsMessageOf({ Type: 'Notification', Message: { Records: [] } }), { name: 'SyntaxError' })
})

t.test('what is none', async (t) => {
  for (const document of [
    undefined, null, 1, 'x', [], {}, { Records: [] }, { Type: 'Notification' }, { Message: 'x' },
    { Type: 'Other', Message: 'x' }, { Type: 1, Message: 'x' }
  ]) {
    t.equal(snsMessageOf(document), undefined, JSON.stringify(document))
  }
})
