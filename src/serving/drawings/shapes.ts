/** Shapes as SVG text. Everything is on a canvas of 320 by 180, coordinates to a tenth. */
export const WIDTH = 320;
export const HEIGHT = 180;

type Point = readonly [x: number, y: number];

export interface Look {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly opacity?: number;
}

const n = (value: number): string => String(Math.round(10 * value) / 10);

const look = ({ fill = 'none', stroke, width = 1, opacity }: Look): string =>
  ` fill="${fill}"` +
  (stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${n(width)}" stroke-linecap="round"`) +
  (opacity === undefined ? '' : ` opacity="${Math.round(100 * opacity) / 100}"`);

export const circle = (x: number, y: number, r: number, style: Look): string =>
  `<circle cx="${n(x)}" cy="${n(y)}" r="${n(Math.max(0, r))}"${look(style)}/>`;

export const ellipse = ([x, y]: Point, [rx, ry]: Point, style: Look): string =>
  `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}"${look(style)}/>`;

export const rect = ([x, y]: Point, [width, height]: Point, style: Look, round = 0): string =>
  `<rect x="${n(x)}" y="${n(y)}" width="${n(Math.max(0, width))}" height="${n(Math.max(0, height))}"` +
  `${round > 0 ? ` rx="${n(round)}"` : ''}${look(style)}/>`;

/** Coordinates in turns, x and y of each point. */
type Points = readonly number[];

const through = (points: Points): string =>
  points.map((value, i) => `${i % 2 === 0 && i > 0 ? 'L' : ''}${n(value)}`).join(' ');

export const polygon = (points: Points, style: Look): string =>
  `<path d="M${through(points)}Z"${look(style)}/>`;

export const line = (points: Points, style: Look): string => `<path d="M${through(points)}"${look(style)}/>`;

/** A line through the points, bent where it turns. */
export const curve = (points: Points, style: Look, closed = ''): string => {
  let [px, py] = points;
  let d = `M${n(px)} ${n(py)}`;
  for (let i = 2; i < points.length; i += 2) {
    const [x, y] = points.slice(i, i + 2);
    const half = n((px + x) / 2);
    d += `C${half} ${n(py)} ${half} ${n(y)} ${n(x)} ${n(y)}`;
    [px, py] = [x, y];
  }
  return `<path d="${d}${closed}"${look(style)}/>`;
};

export const heart = (x: number, y: number, size: number, style: Look): string =>
  `<path d="M${n(x)} ${n(y + 0.9 * size)}C${n(x - 1.5 * size)} ${n(y - 0.1 * size)} ${n(x - 0.8 * size)} ${n(y - size)} ${n(x)} ${n(y - 0.3 * size)}` +
  `C${n(x + 0.8 * size)} ${n(y - size)} ${n(x + 1.5 * size)} ${n(y - 0.1 * size)} ${n(x)} ${n(y + 0.9 * size)}Z"${look(style)}/>`;

/** Points at equal angles from `from`, at radii that take turns. */
export const star = (
  [x, y]: Point,
  radii: readonly number[],
  points: number,
  from = -Math.PI / 2,
): number[] =>
  Array.from({ length: points * radii.length }, (_, i) => {
    const angle = from + (2 * Math.PI * i) / (points * radii.length);
    const r = radii[i % radii.length];
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  }).flat();

/** A skyline of hills from edge to edge: rounded, or jagged, down to the lower edge. */
export const hills = (heights: readonly number[], jagged: boolean, style: Look): string => {
  const step = WIDTH / (heights.length - 1);
  const ridge = heights.flatMap((y, i) => [i * step, y]);
  if (jagged) return polygon([0, HEIGHT, ...ridge, WIDTH, HEIGHT], style);
  return curve(ridge, style, `L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z`);
};
