/**
 * What is drawn for each genre: a few shapes that are told from the others' at a glance, moved about by the mood.
 */
import { between, type Composition, repeat, ridge, skyStars } from './scene.ts';
import { circle, curve, ellipse, HEIGHT, heart, hills, line, polygon, rect, star, WIDTH } from './shapes.ts';

const burst: Composition = ({ colors, rng, x, y, size }) =>
  repeat(9, (i) => {
    const angle = (2 * Math.PI * (i + 0.6 * rng.next())) / 9;
    const far = 260;
    const spread = 0.1 + 0.12 * rng.next();
    const at = (a: number): number[] => [x + far * Math.cos(a), y + far * Math.sin(a)];
    return polygon([x, y, ...at(angle), ...at(angle + spread)], { fill: colors.glow, opacity: 0.35 });
  }) +
  polygon(star([x, y], [54 * size, 24 * size], 9, rng.next()), { fill: colors.accent }) +
  polygon(star([x, y], [30 * size, 14 * size], 9, rng.next()), { fill: colors.glow }) +
  repeat(14, (i) => {
    const height = between(rng, 26, 74);
    return rect([i * 24 - 6, HEIGHT - height], [between(rng, 16, 25), height], { fill: colors.near });
  });

const peaks: Composition = ({ colors, rng, mood, x, y, size }) =>
  circle(x, y - 8, 26 * size, { fill: colors.glow }) +
  hills(ridge(rng, 7, 62, 112), true, { fill: colors.far }) +
  hills(ridge(rng, 6, 90, 136), mood.tension > -0.5, { fill: colors.middle }) +
  curve([x - 70, HEIGHT, x + 20, 158, x - 24, 142, x + 4, 126], { stroke: colors.accent, width: 5 }) +
  hills(ridge(rng, 5, 142, 172), false, { fill: colors.near });

const creatures: Composition = ({ colors, rng, x, size }) =>
  repeat(4, (i) => {
    const r = (i === 0 ? 46 : between(rng, 18, 30)) * size;
    const cx = i === 0 ? x : (x + 70 + 72 * i) % WIDTH;
    const cy = 124 - r;
    const fill = [colors.accent, colors.middle, colors.far, colors.glow][i];
    const eye = (dx: number): string =>
      circle(cx + dx * r, cy - 0.15 * r, 0.24 * r, { fill: '#fff' }) +
      circle(cx + (dx + 0.06) * r, cy - 0.12 * r, 0.12 * r, { fill: '#16121c' });
    return rect([cx - r, cy - r], [2 * r, 2.6 * r], { fill }, 0.9 * r) + eye(-0.32) + eye(0.32);
  }) + hills([150, 144, 152, 146], false, { fill: colors.near });

const balloons: Composition = ({ colors, rng, x, y, size }) =>
  repeat(7, (i) => {
    const cx = x + (i - 3) * 40 + between(rng, -10, 10);
    const cy = y - 14 + between(rng, -34, 26);
    const r = between(rng, 14, 25) * size;
    const fill = [colors.accent, colors.glow, colors.middle][i % 3];
    return (
      curve([cx, cy + r, cx + between(rng, -12, 12), 188], { stroke: colors.near, width: 1.2 }) +
      ellipse([cx, cy], [0.86 * r, r], { fill }) +
      ellipse([cx - 0.3 * r, cy - 0.4 * r], [0.16 * r, 0.26 * r], { fill: '#fff', opacity: 0.6 })
    );
  });

const blinds: Composition = ({ colors, x, y, size, rng }) =>
  polygon([x - 14, 0, x + 14, 0, x + 110, HEIGHT, x - 110, HEIGHT], { fill: colors.glow, opacity: 0.4 }) +
  repeat(9, (i) =>
    rect([0, 20 * i + between(rng, -1, 1)], [WIDTH, 8], { fill: colors.near, opacity: 0.55 }),
  ) +
  circle(x, y + 4, 17 * size, { fill: colors.near }) +
  rect([x - 30 * size, y - 10 * size], [60 * size, 6], { fill: colors.near }, 3) +
  rect([x - 17 * size, y - 27 * size], [34 * size, 20 * size], { fill: colors.near }, 5) +
  rect([x - 17 * size, y - 14 * size], [34 * size, 4], { fill: colors.accent }) +
  polygon([x - 44 * size, HEIGHT, x - 16, y + 20 * size, x + 16, y + 20 * size, x + 44 * size, HEIGHT], {
    fill: colors.near,
  });

const globe: Composition = ({ colors, x, y, size }) => {
  const r = 58 * size;
  return (
    circle(x, y, r + 9, { stroke: colors.glow, opacity: 0.5 }) +
    circle(x, y, r, { fill: colors.middle }) +
    repeat(3, (i) => ellipse([x, y], [(r * (i + 0.5)) / 3, r], { stroke: colors.glow, width: 1.4 })) +
    repeat(5, (i) => {
      const dy = ((i - 2) * r) / 3;
      const half = Math.sqrt(r * r - dy * dy);
      return line([x - half, y + dy, x + half, y + dy], { stroke: colors.glow, width: 1.4 });
    }) +
    circle(x + 0.4 * r, y - 0.3 * r, 6, { fill: colors.accent })
  );
};

const figures: Composition = ({ colors, x, y, size, mood }) => {
  const gap = 34 - 16 * mood.tenderness;
  const figure = (cx: number, tall: number, fill: string): string =>
    circle(cx, y - 4 - 26 * tall, 13 * size, { fill }) +
    polygon(
      [
        cx - 26 * size,
        HEIGHT,
        cx - 15 * size,
        y + 4 - 18 * tall,
        cx + 15 * size,
        y + 4 - 18 * tall,
        cx + 26 * size,
        HEIGHT,
      ],
      { fill },
    );
  return (
    circle(x, y - 2, 62 * size, { fill: colors.glow, opacity: 0.85 }) +
    line([0, 132, WIDTH, 132], { stroke: colors.middle, width: 2 }) +
    figure(x - gap, 1.1 * size, colors.near) +
    figure(x + gap, 0.8 * size, colors.accent)
  );
};

const home: Composition = ({ colors, rng, x, size }) => {
  const half = 40 * size;
  const top = 74;
  return (
    hills(ridge(rng, 5, 110, 132), false, { fill: colors.far }) +
    rect([x - half, top + 26], [2 * half, 90], { fill: colors.accent }) +
    polygon([x - half - 14, top + 28, x, top - 22 * size, x + half + 14, top + 28], { fill: colors.near }) +
    repeat(2, (i) => rect([x - 26 + 32 * i, top + 40], [20, 18], { fill: colors.glow }, 2)) +
    repeat(5, (i) => {
      const cx = (x + 80 + 46 * i) % WIDTH;
      return (
        rect([cx - 2, 124], [4, 40], { fill: colors.near }) +
        circle(cx, 118, between(rng, 12, 22), { fill: colors.middle })
      );
    }) +
    heart(x, top - 36 * size, 9, { fill: colors.glow }) +
    hills([158, 150, 156, 150], false, { fill: colors.near })
  );
};

const castle: Composition = (scene) => {
  const { colors, x, y, size, rng } = scene;
  const tower = (cx: number, width: number, top: number): string =>
    rect([cx - width / 2, top], [width, HEIGHT - top], { fill: colors.near }) +
    polygon([cx - 0.75 * width, top, cx, top - 1.7 * width, cx + 0.75 * width, top], {
      fill: colors.accent,
    }) +
    rect([cx - 2.5, top + 10], [5, 9], { fill: colors.glow }, 2.5);
  return (
    skyStars(scene, 26) +
    circle(x + 50, y - 30, 26 * size, { fill: colors.glow }) +
    circle(x + 60, y - 36, 22 * size, { fill: colors.skyTop }) +
    hills(ridge(rng, 6, 110, 140), true, { fill: colors.far }) +
    tower(x - 40 * size, 22, 96) +
    tower(x, 30 * size, 70) +
    tower(x + 38 * size, 20, 104) +
    rect([x - 50 * size, 130], [100 * size, 50], { fill: colors.near })
  );
};

const columns: Composition = ({ colors, x, size }) => {
  const half = 84 * size;
  return (
    circle(x, 96, 78 * size, { fill: colors.glow, opacity: 0.5 }) +
    polygon([x - half - 8, 66, x, 28, x + half + 8, 66], { fill: colors.accent }) +
    rect([x - half, 66], [2 * half, 9], { fill: colors.near }) +
    repeat(5, (i) => {
      const cx = x - half + 10 + (i * (2 * half - 20)) / 4;
      return (
        rect([cx - 7, 76], [14, 78], { fill: colors.middle }) +
        rect([cx - 10, 74], [20, 6], { fill: colors.near })
      );
    }) +
    repeat(3, (i) =>
      rect([x - half - 6 - 8 * i, 150 + 10 * i], [2 * half + 12 + 16 * i, 11], { fill: colors.near }),
    )
  );
};

const claws: Composition = (scene) => {
  const { colors, x, y, size, rng } = scene;
  const branch = (cx: number, cy: number, angle: number, length: number): string => {
    if (length < 8) return '';
    const ex = cx + length * Math.cos(angle);
    const ey = cy + length * Math.sin(angle);
    return (
      line([cx, cy, ex, ey], { stroke: colors.near, width: length / 7 }) +
      branch(ex, ey, angle - between(rng, 0.3, 0.8), 0.68 * length) +
      branch(ex, ey, angle + between(rng, 0.3, 0.8), 0.66 * length)
    );
  };
  return (
    circle(x + 22, y - 14, 44 * size, { fill: colors.accent }) +
    branch(x - 44, HEIGHT, -1.35, 52) +
    repeat(4, (i) =>
      line([214 + 20 * i, -6, 186 + 20 * i, 118 + 16 * (i % 2)], {
        stroke: colors.skyTop,
        width: 4 - 0.5 * i,
      }),
    ) +
    hills(ridge(rng, 9, 154, 172), true, { fill: colors.near })
  );
};

const equalizer: Composition = ({ colors, x, y, size, rng }) =>
  circle(x, y, 54 * size, { fill: colors.near }) +
  repeat(4, (i) => circle(x, y, (48 - 8 * i) * size, { stroke: colors.far, opacity: 0.5 })) +
  circle(x, y, 18 * size, { fill: colors.accent }) +
  circle(x, y, 4, { fill: colors.glow }) +
  repeat(20, (i) => {
    const height = between(rng, 8, 60);
    return rect(
      [4 + 16 * i, HEIGHT - height],
      [10, height],
      { fill: i % 3 === 0 ? colors.glow : colors.middle, opacity: 0.9 },
      4,
    );
  });

const keyhole: Composition = ({ colors, x, y, size }) =>
  repeat(5, (i) => circle(x, y, (96 - 16 * i) * size, { fill: i % 2 === 0 ? colors.middle : colors.near })) +
  circle(x, y - 8, 20 * size, { fill: colors.glow }) +
  polygon([x - 9 * size, y, x + 9 * size, y, x + 19 * size, y + 44 * size, x - 19 * size, y + 44 * size], {
    fill: colors.glow,
  }) +
  circle(x, y - 8, 5, { fill: colors.accent });

const hearts: Composition = ({ colors, x, y, size, rng }) =>
  circle(x, 128, 62 * size, { fill: colors.glow, opacity: 0.8 }) +
  heart(x - 18 * size, y, 40 * size, { fill: colors.accent, opacity: 0.92 }) +
  heart(x + 26 * size, y + 8, 32 * size, { fill: colors.near, opacity: 0.8 }) +
  repeat(8, () =>
    heart(WIDTH * rng.next(), 150 * rng.next(), between(rng, 3, 7), { fill: colors.glow, opacity: 0.7 }),
  ) +
  repeat(4, (i) => rect([0, 140 + 11 * i], [WIDTH, 4], { fill: colors.middle, opacity: 0.6 }));

const planet: Composition = (scene) => {
  const { colors, x, y, size, rng } = scene;
  const r = 44 * size;
  return (
    skyStars(scene, 40) +
    circle(x, y, r, { fill: colors.middle }) +
    circle(x - 0.3 * r, y - 0.3 * r, 0.62 * r, { fill: colors.far, opacity: 0.6 }) +
    ellipse([x, y + 2], [1.75 * r, 0.36 * r], { stroke: colors.accent, width: 5 }) +
    `<path d="M${Math.round(x - r)} ${Math.round(y)}A${Math.round(r)} ${Math.round(r)} 0 0 1 ${Math.round(x + r)} ${Math.round(y)}Z" fill="${colors.middle}"/>` +
    circle((x + 130) % WIDTH, between(rng, 20, 60), 10, { fill: colors.glow }) +
    repeat(9, (i) =>
      line([160 + (i - 4) * 16, 140, 160 + (i - 4) * 90, HEIGHT], { stroke: colors.accent, opacity: 0.6 }),
    ) +
    repeat(4, (i) =>
      line([0, 142 + i * i * 4 + 4 * i, WIDTH, 142 + i * i * 4 + 4 * i], {
        stroke: colors.accent,
        opacity: 0.6,
      }),
    )
  );
};

const track: Composition = ({ colors, x, y, size }) =>
  repeat(6, (i) =>
    ellipse([WIDTH / 2, 210], [70 + 46 * i, 46 + 26 * i], {
      stroke: i % 2 === 0 ? colors.glow : colors.middle,
      width: 7,
      opacity: 0.85,
    }),
  ) +
  circle(x, y - 10, 34 * size, { fill: colors.accent }) +
  curve([x - 30 * size, y - 24, x, y - 4, x + 30 * size, y - 22], { stroke: colors.near, width: 3 }) +
  curve([x - 26 * size, y + 8, x, y - 14, x + 28 * size, y + 6], { stroke: colors.near, width: 3 }) +
  repeat(3, (i) =>
    line([x - 60 - 14 * i, y - 22 + 14 * i, x - 42 - 4 * i, y - 20 + 14 * i], {
      stroke: colors.glow,
      width: 3,
    }),
  );

const vortex: Composition = ({ colors, x, y, size, mood }) =>
  repeat(11, (i) => {
    const r = (132 - 12 * i) * size;
    const turn = 0.2 * i * (1 + mood.pace);
    return polygon(star([x, y], [r], 5, turn), { fill: i % 2 === 0 ? colors.near : colors.middle });
  }) +
  circle(x, y, 7, { fill: colors.accent }) +
  line([x - 44, y, x + 44, y], { stroke: colors.accent, width: 1.5 }) +
  line([x, y - 44, x, y + 44], { stroke: colors.accent, width: 1.5 }) +
  circle(x, y, 28, { stroke: colors.accent, width: 2 });

const mesas: Composition = ({ colors, x, y, size, rng }) => {
  const mesa = (cx: number, half: number, top: number, fill: string): string =>
    polygon([cx - 1.5 * half, 150, cx - half, top, cx + half, top, cx + 1.5 * half, 150], { fill });
  const cactus = (x + 130) % WIDTH;
  return (
    circle(x, y + 16, 48 * size, { fill: colors.glow }) +
    mesa(x - 84, 34, between(rng, 78, 96), colors.far) +
    mesa(x + 92, 46, between(rng, 70, 92), colors.middle) +
    rect([0, 140], [WIDTH, 40], { fill: colors.near }) +
    line([cactus, 158, cactus, 92], { stroke: colors.accent, width: 9 }) +
    line([cactus - 18, 106, cactus - 18, 124, cactus, 126], { stroke: colors.accent, width: 6 }) +
    line([cactus + 17, 100, cactus + 17, 114, cactus, 118], { stroke: colors.accent, width: 6 })
  );
};

const overlaps: Composition = ({ colors, x, y, size, rng }) =>
  repeat(4, (i) =>
    circle(x + between(rng, -80, 80), y + between(rng, -30, 50), between(rng, 26, 60) * size, {
      fill: [colors.accent, colors.glow, colors.middle, colors.near][i],
      opacity: 0.75,
    }),
  );

/** A house on a hill whose windows are lit. */
const hauntedHouse: Composition = (scene) => {
  const { colors, x, y, size, rng } = scene;
  const half = 34 * size;
  const top = y + 6;
  return (
    skyStars(scene, 14) +
    circle(x - 62, y - 14, 26 * size, { fill: colors.accent }) +
    hills(ridge(rng, 6, 126, 150), true, { fill: colors.middle }) +
    rect([x - half, top], [2 * half, HEIGHT], { fill: colors.near }) +
    rect([x + half - 6, top - 30], [20, HEIGHT], { fill: colors.near }) +
    polygon([x - half - 10, top + 2, x, top - 36 * size, x + half + 4, top + 2], { fill: colors.near }) +
    polygon([x + half - 10, top - 28, x + half + 4, top - 54, x + half + 18, top - 28], {
      fill: colors.near,
    }) +
    repeat(4, (i) =>
      rect([x - half + 9 + 26 * (i % 2), top + 12 + 30 * Math.floor(i / 2)], [12, 16], {
        fill: rng.next() < 0.7 ? colors.glow : colors.middle,
      }),
    ) +
    line([x + half + 4, top - 14, x + half + 4, top - 8], { stroke: colors.glow, width: 6 })
  );
};

/** One heart that is let go. */
const heartBalloon: Composition = ({ colors, x, y, size, rng }) =>
  circle(x - 70, 64, 30 * size, { fill: colors.glow, opacity: 0.7 }) +
  curve([x, y + 34 * size, x - 14, 128, x + 6, HEIGHT], { stroke: colors.near, width: 1.6 }) +
  heart(x, y, 38 * size, { fill: colors.accent }) +
  heart(x - 13 * size, y - 14 * size, 7 * size, { fill: '#fff', opacity: 0.5 }) +
  hills(ridge(rng, 6, 124, 146), false, { fill: colors.middle }) +
  hills(ridge(rng, 5, 148, 168), false, { fill: colors.near });

/** Somebody alone at a window. */
const atTheWindow: Composition = ({ colors, x, y, size, rng }) => {
  const half = 64 * size;
  return (
    rect([0, 0], [WIDTH, HEIGHT], { fill: colors.near, opacity: 0.72 }) +
    rect([x - half, 12], [2 * half, 130], { fill: colors.glow }) +
    circle(x + 24, y - 8, 16 * size, { fill: colors.accent }) +
    hills(ridge(rng, 5, 104, 122), false, { fill: colors.far, opacity: 0.5 }) +
    line([x, 12, x, 142], { stroke: colors.near, width: 4 }) +
    line([x - half, 74, x + half, 74], { stroke: colors.near, width: 4 }) +
    circle(x - 26, 84, 15 * size, { fill: colors.near }) +
    polygon([x - 62, HEIGHT, x - 44, 100, x - 8, 100, x + 10, HEIGHT], { fill: colors.near })
  );
};

/** One of several, so that two titles of a genre are not taken for one. */
const oneOf =
  (...compositions: readonly Composition[]): Composition =>
  (scene) =>
    compositions[Math.floor(compositions.length * scene.rng.next())](scene);

const BY_GENRE: Readonly<Record<string, Composition>> = {
  ...{ action: burst, war: burst, adventure: peaks, imax: peaks, animation: creatures, comedy: balloons },
  ...{
    crime: blinds,
    'film-noir': blinds,
    documentary: globe,
    drama: oneOf(figures, atTheWindow),
    family: home,
  },
  ...{
    children: home,
    "children's": home,
    fantasy: castle,
    history: columns,
    horror: oneOf(claws, hauntedHouse),
  },
  ...{
    music: equalizer,
    musical: equalizer,
    mystery: keyhole,
    romance: oneOf(hearts, heartBalloon),
    'science fiction': planet,
  },
  ...{ 'sci-fi': planet, sport: track, thriller: vortex, western: mesas },
};

/** A genre that is not known by its name is shown as shapes that mean nothing. */
export const compositionOf = (genre: string): Composition => BY_GENRE[genre.toLowerCase()] ?? overlaps;
