// ProcessPrng, which Windows has since version 7 and wine since version 9; the older function gives the same bytes.
__declspec(dllimport) unsigned char SystemFunction036(void *bytes, unsigned long count);

__declspec(dllexport) int ProcessPrng(unsigned char *bytes, unsigned long long count) {
  return SystemFunction036(bytes, (unsigned long)count);
}
