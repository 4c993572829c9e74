import { OPTIONS, variableOf } from '../config/options.js'
import type { OptionName, OptionSchema } from '../config/options.js'

/** The text of --help: every option with its variable, its meaning and its default. */
export function help (): string {
  const options = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const { title, description, default: value } = OPTIONS[name] as OptionSchema
    const fallback = value === undefined || typeof value === 'object' ? '' : ` [${value}]`
    return `  --${name} ${title}\n      ${description}${fallback}`
  })
  return `object-torrent: the .torrent of any object in any S3-compatible store, GET /bucket/key?torrent

Usage: object-torrent [serve] [options]
       object-torrent store stats|verify|clear [--data-dir DIR]
       object-torrent healthcheck [options]          whether the server with these options answers
       object-torrent create s3://BUCKET/KEY|FILE    the torrent of one object or file, without a server
       object-torrent show TORRENT|URL|MAGNET        what is in a torrent, or in a magnet link
       object-torrent verify TORRENT s3://…|FILE|URL whether those are its bytes
       object-torrent warm s3://BUCKET/PREFIX        hashes everything under a prefix ahead of time
       object-torrent create|show|verify|warm|store|healthcheck --help more about each

Options of serve (each also as ${variableOf('host').replace('HOST', '<FLAG>')}, e.g.
${variableOf('piece-length')}; a flag wins; values of a repeatable one are separated by spaces there):
${options.join('\n')}
  --help
      This text
  --version
      The version

AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN) are the server's own key pair; clients may sign
with it too.

Examples:
  object-torrent
      Serves ./buckets: every subdirectory is a bucket, every file in it an object.
  object-torrent --origin https://s3.example.net --credentials-file ./clients --public-url https://torrent.example.net
      Serves a store; each client signs with its own key pair, and the store decides what it may read.
  object-torrent --origin https://s3.example.net --anonymous deny --public media/released/
      Publishes the keys under media/released/, and nothing else, to everybody.
  aws s3api get-object-torrent --endpoint-url http://127.0.0.1:8080 --bucket media --key film.mkv film.torrent
      Asks for a torrent.
  object-torrent store stats --data-dir /var/lib/object-torrent
      Says how many hashes are kept there; verify checks them, clear forgets them. A server may be running.
`
}

/** The text of `healthcheck --help`. */
export function healthcheckHelp (): string {
  return `Usage: object-torrent healthcheck [options]

Asks the server that has these options, and variables, whether it answers: its admin listener, or the one of S3 where
there is none (--admin-port 0) or nobody listens there. It takes every option of serve, looks at those of the two
listeners, and ends within three seconds.

Examples:
  object-torrent healthcheck
  object-torrent healthcheck --admin-port 0 --host 192.0.2.7 --port 8443 --tls-cert cert.pem --tls-key key.pem
  OBJECT_TORRENT_ADMIN_HOST=192.0.2.7 object-torrent healthcheck || systemctl restart object-torrent
      What the server was given as a flag its health check has to be given, too; a variable both can see.

Exit codes: 0 it answers, 1 it does not, or a wrong command line.
`
}

/** The text of `store --help`. */
export function storeHelp (): string {
  const { title, description, default: value } = OPTIONS['data-dir'] satisfies OptionSchema
  return `Usage: object-torrent store stats|verify|clear [--data-dir ${title}]

The hashes that a server keeps; it may be running.

  stats    how many there are, of how much, and what they take
  verify   reads every record; what is damaged is named, and the exit code is 1: the server hashes it again by itself
  clear    forgets all of them

  --data-dir ${title}
      ${description} [${value}]; also ${variableOf('data-dir')}

Examples:
  object-torrent store stats --data-dir /var/lib/object-torrent
  object-torrent store verify --data-dir /var/lib/object-torrent || echo 'some objects will be hashed again'
  ${variableOf('data-dir')}=/var/lib/object-torrent object-torrent store clear

Exit codes: 0 done, 1 failed or damaged.
`
}
