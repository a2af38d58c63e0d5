export async function dataInspect(_t: string, _o: unknown): Promise<number> {
  return 0;
}
export async function dataGaps(_t: string, _o: unknown): Promise<number> {
  return 0;
}
