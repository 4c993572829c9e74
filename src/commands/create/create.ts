import { Command } from 'commander'
import { pieceLengthOf, trackerOf } from '../../config/config.js'
import { headTorrentable } from '../../access/torrentable-object.js'
import { hashObject } from '../../hashing/hash-object.js'
import type { ObjectHead } from '../../objects/origin.js'
import { identityOf } from '../../torrent/identity.js'
import { torrentOf } from '../../torrent/object-torrent.js'
import type { ObjectTorrent } from '../../torrent/object-torrent.js'
import { retryOnceIfChanged } from '../../access/pinned-read.js'
import { asMetainfo } from '../../torrent/torrent-forms.js'
import type { OpenedStore } from '../../store/opened-store.js'
import { fileNameOf } from '../../torrent/file-name.js'
import { isMagnetLink } from '../../torrent/magnet-link.js'
import { magnet } from '../../torrent/magnet.js'
import { infoHash } from '../../torrent/metainfo.js'
import { fillTemplate } from '../../torrent/web-seed-url.js'
import { escapedUrl } from '../../util/escaped-url.js'
import { shownUrl } from '../../util/shown-url.js'
import { EXIT } from '../../util/operator-error.js'
import { printable } from '../../util/unprintable.js'
import { dataDirectory, openDataDirectory } from '../data-directory.js'
import { engine } from '../engine.js'
import { CommandError, UsageError } from '../errors.js'
import { binaryBytes, bytes, count, duration, json } from '../format.js'
import { openSource } from '../open-source.js'
import type { Source } from '../open-source.js'
import { outputFile } from '../output-file.js'
import type { OutputFile } from '../output-file.js'
import { placeOf } from '../place.js'
import { openProgress } from '../progress.js'
import type { Progress } from '../progress.js'
import { refusalOf } from '../refusal.js'
import { withS3Flags } from '../s3-flags.js'
import type { S3Flags } from '../s3-flags.js'
import type { Surroundings } from '../surroundings.js'

interface CreateFlags extends S3Flags {
  readonly output?: string
  readonly announce: readonly string[]
  readonly webSeed: readonly string[]
  readonly pieceLength: string
  readonly versionId?: string
  readonly xAmzInfo: boolean
  readonly dataDir?: string
  readonly quiet: boolean
  readonly json: boolean
}

interface Settings {
  readonly pieceLength: number | 'auto'
  readonly announce: ReadonlyArray<readonly string[]>
  readonly webSeed: readonly string[]
  readonly xAmzInfo: boolean
}

const EXAMPLES = `
Examples:
  object-torrent create s3://media/film.mkv
      Writes film.mkv.torrent here; credentials, region and endpoint as aws-cli has them.
  object-torrent create s3://media/film.mkv --endpoint-url https://s3.example.net --profile alice -o /srv/film.torrent
  object-torrent create ./film.mkv --announce udp://tracker.example.net:6969 --web-seed https://cdn.example.net/film.mkv
  object-torrent create s3://media/film.mkv -o - | object-torrent show -`

/** `object-torrent create`: the torrent of one object or file, without a server. */
export function createCommand (io: Surroundings): Command {
  const command = new Command()
    .description(
      'Makes the torrent of one object or file: the same bytes as a server with the same trackers and web seeds ' +
      'would answer.\nCtrl-C keeps what was hashed; the same command goes on from there.'
    )
    .argument('<source>', 's3://bucket/key, or a file')
    .option('-o, --output <file>', 'the torrent; - is standard output; without it, <name>.torrent here')
    .option('--announce <urls>', 'trackers; repeated: a tier each; comma within: one tier', collect, [])
    .option(
      '--web-seed <url>',
      'where clients download over HTTP; {bucket} and {key} are filled in, the name behind a slash at the end; ' +
      'repeatable',
      collect,
      []
    )
    .option('--piece-length <bytes>', 'a power of two from 16384, or auto, the default: 1,024 to 2,048 pieces', 'auto')
    .option('--version-id <id>', 'that version of the object')
    .option('--x-amz-info', 'write bucket and key into the torrent, as S3 did', false)
    .option('--data-dir <dir>', 'where hashes are kept; without it, object-torrent in $XDG_CACHE_HOME or ~/.cache')
    .option('-q, --quiet', 'say nothing but errors', false)
    .option('--json', 'say what was made as JSON', false)
  return withS3Flags(command)
    .addHelpText('after', EXAMPLES)
    .action((source: string, flags: CreateFlags) => create(source, flags, io))
}

async function create (text: string, flags: CreateFlags, io: Surroundings): Promise<void> {
  if (isMagnetLink(text)) {
    throw new UsageError(
      'A magnet link names a torrent that is there already, and holds no bytes; create takes s3://bucket/key or a file.'
    )
  }
  const place = placeOf(text)
  if (place.kind === 'url') {
    throw new UsageError(`"${shownUrl(text)}" is a URL; create takes s3://bucket/key or a file.`)
  }
  if (flags.output === '-' && flags.json) throw new UsageError('-o - and --json would both write to standard output.')
  const settings: Settings = {
    pieceLength: pieceLengthOf(flags.pieceLength, '--piece-length'),
    announce: flags.announce.map((tier) => tier.split(',').map((url) => trackerOf('--announce', url))),
    webSeed: flags.webSeed.map(webSeedOf),
    xAmzInfo: flags.xAmzInfo
  }
  const source = await openSource(place, flags.versionId, flags, io)
  const progress = openProgress(io.stderr, flags.quiet)
  try {
    const toFile = flags.output === '-'
      ? undefined
      : await outputFile(
        flags.output ?? '.', `${fileNameOf(source.name)}.torrent`
      )
    const made = await hash(source, settings, dataDirectory(flags.dataDir, io.env), progress, io.signal)
    progress.close()
    if (toFile === undefined) io.stdout.write(made.content)
    else await toFile.write(made.content)
    tell(made, toFile, flags, io)
  } finally {
    progress.close()
    await source.close()
  }
}

interface Made {
  readonly torrent: ObjectTorrent
  readonly content: Buffer
  readonly infoHash: string
  readonly magnet: string
  readonly seconds: number
  /** Bytes that were read for it. */
  readonly read: number
}

async function hash (
  source: Source, settings: Settings, directory: string, progress: Progress, signal: AbortSignal
): Promise<Made> {
  const { origin, object, requester, label, authorities } = source
  const say = (line: string): void => progress.line(line)
  const hasher = engine(1, say, authorities)
  const started = performance.now()
  let store: OpenedStore | undefined
  let [done, kept] = [0, 0]
  try {
    return await retryOnceIfChanged(async () => {
      const limits = { maxObjectSize: 0, bucketOwners: new Map() }
      const head = await headTorrentable(origin, limits, object, requester, signal)
      const torrent = describe(source, settings, head)
      const { file, identity } = torrent
      store ??= await openDataDirectory(directory, say)
      progress.begin(label, identity.size)
      const onProgress = (hashed: number, known: number): void => {
        if (hashed === known && known > 0 && known < identity.size) say(`${bytes(known)} of it are hashed already`)
        ;[done, kept] = [hashed, known]
        progress.update(hashed, known)
      }
      const target = { object, requester, head, identity }
      const hashed = await hashObject({ origin, hasher, store }, target, { onProgress }, signal)
      const digests = await hashed.whole()
      const hex = infoHash(file, digests).hex
      const { head: link, tail } = magnet({
        name: torrent.name,
        length: identity.size,
        trackers: torrent.trackers.flat(),
        webSeeds: torrent.webSeeds,
        exactSource: undefined
      })
      return {
        torrent,
        content: asMetainfo(torrent).whole(digests),
        infoHash: hex,
        magnet: link + hex + tail,
        seconds: (performance.now() - started) / 1000,
        read: done - kept
      }
    })
  } catch (error) {
    if (signal.aborted) throw interrupted(done, label, directory, error)
    const refusal = refusalOf(error, source)
    throw refusal === undefined ? error : new CommandError(`${refusal}.`, { cause: error })
  } finally {
    await hasher.close()
    await store?.close()
  }
}

function describe (source: Source, { announce, webSeed, ...options }: Settings, head: ObjectHead): ObjectTorrent {
  const { origin, object, name } = source
  const bucket = source.kind === 's3' ? object.bucket : ''
  const fileName = fileNameOf(name)
  const webSeeds = webSeed
    .map((template) => fillTemplate(template, bucket, object.key, fileName))
    .filter((url) => url !== undefined)
  return torrentOf(identityOf(origin.name, options, object, head), {
    name: fileName, lastModified: head.lastModified, trackers: announce, webSeeds, exactSource: undefined
  })
}

function interrupted (done: number, label: string, directory: string, cause: unknown): CommandError {
  const kept = done === 0
    ? `Interrupted before anything of ${label} was hashed.`
    : `Interrupted: ${bytes(done)} of ${label} are hashed, and kept in ${printable(directory)}; the same command ` +
      'goes on from there.'
  return new CommandError(kept, { exitCode: EXIT.interrupted, cause })
}

function tell (
  { torrent, infoHash, magnet, seconds, read }: Made,
  file: OutputFile | undefined,
  { quiet, json: asJson }: CreateFlags,
  { stdout, stderr }: Surroundings
): void {
  const { identity: { size, pieceLength }, name, trackers, webSeeds } = torrent
  const pieces = Math.ceil(size / pieceLength)
  if (asJson) {
    stdout.write(json({ file: file?.path, infoHash, name, size, pieceLength, pieces, trackers, webSeeds, magnet }))
    return
  }
  if (quiet) return
  const rate = read === 0
    ? 'hashed before'
    : seconds < 1 ? 'hashed' : `hashed in ${duration(seconds)} (${bytes(read / seconds)}/s)`
  const before = read > 0 && read < size ? `, ${bytes(size - read)} of it before` : ''
  const text =
    `${printable(file?.path ?? name)}: ${bytes(size)}, ${count(pieces, 'piece')} of ${binaryBytes(pieceLength)}, ` +
    `${rate}${before}\ninfo hash ${infoHash}\n`
  if (file === undefined) stderr.write(text)
  else stdout.write(text)
}

function webSeedOf (text: string): string {
  const url = escapedUrl(text)
  if (url === undefined || !/^https?:/i.test(url) || url.includes('#')) {
    throw new UsageError(`--web-seed "${shownUrl(text)}" is no http:// or https:// URL.`)
  }
  return url
}

function collect (value: string, before: readonly string[]): string[] {
  return [...before, value]
}
