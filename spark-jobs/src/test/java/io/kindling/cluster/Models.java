package io.kindling.cluster;

import io.kindling.nn.AvgPool2d;
import io.kindling.nn.BatchNorm2d;
import io.kindling.nn.Conv2d;
import io.kindling.nn.Dropout;
import io.kindling.nn.Linear;
import io.kindling.nn.Module;
import io.kindling.tensor.Tensor;
import io.kindling.vision.LeNet;
import io.kindling.vision.Mlp;

/** Small networks that a {@link Fault} can befall, for images of 1x28x28. */
final class Models {
  private Models() {}

  static class SmallMlp extends Mlp {
    private static final long serialVersionUID = 1L;

    SmallMlp() {
      super(784, 24, 10);
    }

    @Override
    public Tensor forward(Tensor x) {
      Fault.in(this);
      return super.forward(x);
    }
  }

  static class SmallLeNet extends LeNet {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      Fault.in(this);
      return super.forward(x);
    }
  }

  static class DropoutNet extends Module {
    private static final long serialVersionUID = 1L;

    Linear fc1 = new Linear(784, 32);
    Dropout dropout = new Dropout(0.5);
    Linear fc2 = new Linear(32, 10);

    @Override
    public Tensor forward(Tensor x) {
      Fault.in(this);
      return fc2.forward(dropout.forward(fc1.forward(x.flatten(1)).relu()));
    }
  }

  /** Two residual blocks' worth of batch norm. */
  static class ResidualNet extends Module {
    private static final long serialVersionUID = 1L;

    Conv2d stem = new Conv2d(1, 8, Conv2d.kernel(3).stride(2).padding(1).bias(false));
    BatchNorm2d norm0 = new BatchNorm2d(8);
    Conv2d conv1 = new Conv2d(8, 8, Conv2d.kernel(3).padding(1).bias(false));
    BatchNorm2d norm1 = new BatchNorm2d(8);
    Conv2d conv2 = new Conv2d(8, 8, Conv2d.kernel(3).padding(1).bias(false));
    BatchNorm2d norm2 = new BatchNorm2d(8);
    AvgPool2d pool = new AvgPool2d(7);
    Linear head = new Linear(8 * 2 * 2, 10);

    @Override
    public Tensor forward(Tensor x) {
      Fault.in(this);
      Tensor in = norm0.forward(stem.forward(x)).relu();
      Tensor branch = norm1.forward(conv1.forward(in)).relu();
      Tensor out = norm2.forward(conv2.forward(branch)).add(in).relu();
      return head.forward(pool.forward(out).flatten(1));
    }
  }

  /** Every task throws. */
  static class Broken extends SmallMlp {
    private static final long serialVersionUID = 1L;

    @Override
    public Tensor forward(Tensor x) {
      if (org.apache.spark.TaskContext.get() != null) {
        throw new IllegalStateException("this model always fails");
      }
      return super.forward(x);
    }
  }
}
