/** Where an arrow key leads in a list under a box: -1 is the box itself, which stands before the first and after the last. */
export function moved(at, by, count) {
  const places = count + 1;
  return ((at + 1 + by + places) % places) - 1;
}
