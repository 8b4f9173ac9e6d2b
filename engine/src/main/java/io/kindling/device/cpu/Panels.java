package io.kindling.device.cpu;

/**
 * A matrix that can be packed for a product.
 *
 * @param <A> the heap array of the compute type
 */
@FunctionalInterface
interface Panels<A> {
  /** Row {@code row + r} from column {@code col} on goes to {@code to[r]}. */
  void panel(A[] to, long row, long col, int rows, int cols);
}
