import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Masthead } from '../masthead.tsx';
import { askJson, messageOf } from '../requests.ts';
import { Billboard } from './billboard.tsx';
import { type Changes, changesBetween } from './changes.ts';
import { ChangesNote } from './changes-note.tsx';
import { ComparePages } from './compare-pages.tsx';
import { newId, tell, watchImpressions } from './events.ts';
import { MemberChoice, type Telling } from './member-choice.tsx';
import { Player, type ViewingEvent } from './player.tsx';
import { RequestPanel } from './request-panel.tsx';
import { loadPage, type Served, type Title } from './served-page.ts';
import { TitleDetails } from './title-details.tsx';
import { TitleRow } from './title-row.tsx';
import { TitleSearch } from './title-search.tsx';

/** What lies over the page. */
type Over =
  | { readonly what: 'members' }
  | { readonly what: 'compare' }
  | { readonly what: 'details'; readonly title: Shown; readonly why: boolean }
  | { readonly what: 'player'; readonly title: Shown; readonly from: number; readonly viewingId: string };

type Shown = Pick<Title, 'id' | 'name' | 'artwork'>;

const PAST_REQUESTS = 24;

const memberInAddress = (): string | undefined =>
  new URLSearchParams(location.search).get('member') ?? undefined;

export const Homepage = () => {
  const [members, setMembers] = useState<readonly Telling[]>([]);
  const [member, setMember] = useState(memberInAddress);
  const [served, setServed] = useState<Served>();
  const [news, setNews] = useState<{ readonly after: string; readonly changes: Changes }>();
  const [past, setPast] = useState<readonly { readonly ms: number; readonly isDegraded: boolean }[]>([]);
  const [over, setOver] = useState<Over>();
  const [isPanelOpen, setPanelOpen] = useState(false);
  const [failure, setFailure] = useState('');
  const shown = useRef<Served | undefined>(undefined);

  useEffect(() => {
    askJson<{ members: Telling[] }>('/v1/members').then(
      (answer) => {
        setMembers(answer.members);
        setMember((known) => known ?? answer.members[0].id);
      },
      (thrown: unknown) => setFailure(messageOf(thrown)),
    );
  }, []);

  /** Asks for the member's page; `after` is what happened since the last, to be held against it. */
  const load = useCallback(async (who: string, after?: string): Promise<void> => {
    try {
      const next = await loadPage(who);
      const before = shown.current?.page;
      const isSame = before !== undefined && before.member === who;
      setNews(
        after !== undefined && isSame ? { after, changes: changesBetween(before, next.page) } : undefined,
      );
      shown.current = next;
      setServed(next);
      const isDegraded = next.page.degraded.length > 0;
      const ms = next.stages.at(-1)?.durationMs ?? next.roundTripMs;
      setPast((known) => [...known, { ms, isDegraded }].slice(-PAST_REQUESTS));
      setFailure('');
    } catch (thrown) {
      setFailure(messageOf(thrown));
    }
  }, []);

  useEffect(() => {
    if (member === undefined) return;
    history.replaceState(null, '', `?member=${encodeURIComponent(member)}`);
    void load(member);
  }, [member, load]);

  const impressions = useMemo(watchImpressions, [served?.page.requestId]);
  useEffect(() => () => impressions.end(), [impressions]);

  // Drawn once for each page, whatever is opened over it meanwhile.
  const rows = useMemo(
    () =>
      served?.page.rows.map((row, at) => (
        <TitleRow
          key={`${row.template}/${row.heading}`}
          {...{ row, at, page: served.page, impressions, changes: news?.changes }}
          onOpen={(title) => setOver({ what: 'details', title, why: false })}
        />
      )),
    [served, news, impressions],
  );

  if (member === undefined || served === undefined) {
    return (
      <>
        <Masthead />
        <main class="waiting">
          <h1>Marquee</h1>
          {failure === '' ? <p>Asking for a page…</p> : <p role="alert">{failure}</p>}
        </main>
      </>
    );
  }

  const { page } = served;
  const { requestId, modelVersion } = page;
  const play = (title: Shown): void => {
    const onPage = page.rows.flatMap(({ titles }) => titles).find(({ id }) => id === title.id);
    const artwork = title.artwork === null ? {} : { artwork: title.artwork.id };
    tell({ type: 'click', member, title: title.id, requestId, ...artwork }).catch((thrown: unknown) =>
      setFailure(messageOf(thrown)),
    );
    const begun = onPage?.reason.watchedFraction ?? 0;
    setOver({ what: 'player', title, from: begun < 1 ? begun : 0, viewingId: newId() });
  };
  const view = async (
    { title, viewingId }: Extract<Over, { what: 'player' }>,
    type: ViewingEvent,
    watchedFraction: number,
  ): Promise<void> => {
    const isEnd = type === 'stop' || type === 'finish';
    if (isEnd) setOver(undefined);
    try {
      const event = { type, member, title: title.id, requestId, viewingId };
      await tell(type === 'finish' ? event : { ...event, watchedFraction });
      if (!isEnd) return;
      await load(member, `After ${Math.round(100 * watchedFraction)} % of “${title.name}”:`);
      scrollTo({ top: 0 });
    } catch (thrown) {
      setFailure(messageOf(thrown));
    }
  };
  const openFound = async (title: Shown, query: string): Promise<void> => {
    try {
      await tell({ type: 'search', member, query, title: title.id });
      const path = `/v1/members/${encodeURIComponent(member)}/titles/${title.id}/artwork`;
      const { artwork } = await askJson<Pick<Shown, 'artwork'>>(path);
      setOver({ what: 'details', title: { ...title, artwork }, why: false });
    } catch (thrown) {
      setFailure(messageOf(thrown));
    }
  };
  const first = page.rows.at(0)?.titles.at(0);
  const who = members.find(({ id }) => id === member);
  return (
    <>
      <Masthead>
        <TitleSearch onOpen={({ id, name }, query) => void openFound({ id, name, artwork: null }, query)} />
        <button type="button" class="who" onClick={() => setOver({ what: 'members' })}>
          <span class="muted">You are</span> {who?.label ?? member}
        </button>
      </Masthead>
      <main>
        {failure !== '' && (
          <p role="alert" class="note">
            {failure}
          </p>
        )}
        {page.degraded.length > 0 && (
          <p class="note bad" role="status">
            <b>Degraded.</b> {degradedText(served)}
          </p>
        )}
        {news !== undefined && <ChangesNote {...news} onClose={() => setNews(undefined)} />}
        {first !== undefined && (
          <Billboard
            page={page}
            title={first}
            onPlay={() => play(first)}
            onWhy={() => setOver({ what: 'details', title: first, why: true })}
          />
        )}
        {rows}
      </main>
      <RequestPanel
        {...{ served, past, isOpen: isPanelOpen }}
        onToggle={() => setPanelOpen(!isPanelOpen)}
        onAgain={() => void load(member)}
        onCompare={() => setOver({ what: 'compare' })}
      />
      {over?.what === 'members' && (
        <MemberChoice
          {...{ members, chosen: member }}
          onChoose={(chosen) => {
            setOver(undefined);
            setMember(chosen);
          }}
          onClose={() => setOver(undefined)}
        />
      )}
      {over?.what === 'compare' && <ComparePages member={member} onClose={() => setOver(undefined)} />}
      {over?.what === 'details' && (
        <TitleDetails
          key={over.title.id}
          {...{ title: over.title, member, modelVersion, requestId, why: over.why }}
          onPlay={() => play(over.title)}
          onClose={() => setOver(undefined)}
        />
      )}
      {over?.what === 'player' && (
        <Player
          {...{ title: over.title, modelVersion, from: over.from }}
          onEvent={(type, watchedFraction) => void view(over, type, watchedFraction)}
        />
      )}
    </>
  );
};

const ORIGINS = {
  personalised: 'the rest of the page is the member’s own',
  cached: 'this is the member’s last whole page',
  popular: 'this is the page for nobody in particular',
  static: 'this is a page of what is new, made when the server started',
} as const;

const degradedText = ({ page }: Served): string => {
  const fallen = page.degraded.map(({ stage, reason }) => `${stage} (${reason})`).join(', ');
  return `Fallbacks stand in for ${fallen}; ${ORIGINS[page.origin]}.`;
};
