// Lines that show, while a step is dragged, with which others it stands in line; near
// enough, it is drawn to them.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A line across the canvas: at x from top to bottom, or at y from left to right. */
export type Line = { x: number } | { y: number };

const near = 6;

/** Where a box comes to stand, and the lines it is then on. Left edges, middles and right
 *  edges are compared, and tops. */
export function align(box: Box, others: Box[]): { x: number; y: number; lines: Line[] } {
  let dx = near + 1;
  let lineX: number | undefined;
  let dy = near + 1;
  let lineY: number | undefined;
  for (const o of others) {
    for (const part of [0.5, 0, 1]) {
      const away = o.x + part * o.width - (box.x + part * box.width);
      if (Math.abs(away) < Math.abs(dx)) [dx, lineX] = [away, o.x + part * o.width];
    }
    const away = o.y - box.y;
    if (Math.abs(away) < Math.abs(dy)) [dy, lineY] = [away, o.y];
  }
  const lines: Line[] = [];
  if (lineX !== undefined) lines.push({ x: lineX });
  if (lineY !== undefined) lines.push({ y: lineY });
  return { x: box.x + (lineX === undefined ? 0 : dx), y: box.y + (lineY === undefined ? 0 : dy), lines };
}
