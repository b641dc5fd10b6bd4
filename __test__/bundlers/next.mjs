export async function* next() {}
