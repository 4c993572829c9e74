/**
 * What Amazon SNS, and what speaks as it does, posts to a subscriber by HTTP ("HTTP/HTTPS notification JSON format"),
 * unless delivery is raw.
 */
export type SnsMessage =
  | { readonly is: 'Notification', readonly message: string }
  /**
   * The topic wants to be told, by a GET of `url`, that it may send; or says that it does not anymore, and how to have
   * it back.
   */
  | {
    readonly is: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation'
    readonly topic: string
    readonly url: string
  }

/**
 * The message that a document is; undefined where it is something else.
 * @throws SyntaxError for an envelope that lacks what is in it
 */
export function snsMessageOf (document: unknown): SnsMessage | undefined {
  if (typeof document !== 'object' || document === null || !('Type' in document) || !('Message' in document)) {
    return undefined
  }
  const { Type, Message, TopicArn, SubscribeURL } = document as {
    readonly Type: unknown
    readonly Message: unknown
    readonly TopicArn?: unknown
    readonly SubscribeURL?: unknown
  }
  switch (Type) {
    case 'Notification':
      if (typeof Message !== 'string') throw new SyntaxError('The Message of an SNS notification is a string.')
      return { is: Type, message: Message }
    case 'SubscriptionConfirmation':
    case 'UnsubscribeConfirmation':
      if (typeof TopicArn !== 'string' || typeof SubscribeURL !== 'string') {
        throw new SyntaxError(`An SNS ${Type} has TopicArn and SubscribeURL.`)
      }
      return { is: Type, topic: TopicArn, url: SubscribeURL }
    default: return undefined
  }
}
