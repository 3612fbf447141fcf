// What ISA-L does with the same work on the same machine; built and run by bench.ts where gcc and libisal-dev are installed.
// Usage: isal K M CHUNK_BYTES STRIPES: encodes, then rebuilds chunk 0; prints GB of data per second for both.
#include <isa-l/erasure_code.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static double best_rate(int k, int targets, int bytes, int stripes, unsigned char *tables, unsigned char **chunks) {
  double best = 0;
  int width = k + targets;
  for (int round = 0; round < 9; round++) {
    double start = now();
    for (int s = 0; s < stripes; s++)
      ec_encode_data(bytes, k, targets, tables, chunks + s * width, chunks + s * width + k);
    double rate = (double)k * bytes * stripes / (now() - start) / 1e9;
    if (rate > best) best = rate;
  }
  return best;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  int k = atoi(argv[1]), m = atoi(argv[2]), bytes = atoi(argv[3]), stripes = atoi(argv[4]);
  unsigned char *matrix = malloc((k + m) * k), *tables = malloc(32 * k * m);
  gf_gen_cauchy1_matrix(matrix, k + m, k);
  ec_init_tables(k, m, matrix + k * k, tables);
  unsigned char **chunks = malloc(sizeof(unsigned char *) * stripes * (k + m));
  for (int i = 0; i < stripes * (k + m); i++) {
    chunks[i] = aligned_alloc(64, bytes + 64);
    memset(chunks[i], i, bytes);
  }
  double encode = best_rate(k, m, bytes, stripes, tables, chunks);
  ec_init_tables(k, 1, matrix + k * k, tables); // one row costs the same, whichever chunk it rebuilds
  double rebuild = best_rate(k, 1, bytes, stripes, tables, chunks);
  printf("%.2f %.2f\n", encode, rebuild);
  return 0;
}
