package io.kindling.nn;

import static io.kindling.tensor.Tensors.noGrad;
import static io.kindling.tensor.Tensors.randn;
import static io.kindling.tensor.Tensors.zerosLike;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kindling.device.Scope;
import io.kindling.optim.Adam;
import io.kindling.tensor.Functional.Reduction;
import io.kindling.tensor.Tensor;
import io.kindling.tensor.Tensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The examples from which a beginner starts: one two-layer network on random data, five times, each
 * time with less written by hand. Every one must bring the summed squared error below 0.001 within
 * 500 steps.
 */
class TutorialTest {
  private static final int N = 64;
  private static final int IN = 1000;
  private static final int HIDDEN = 100;
  private static final int OUT = 10;
  private static final int STEPS = 500;
  private static final double RATE = 1e-3;

  private Tensor x;
  private Tensor y;

  @BeforeEach
  void data() {
    Tensors.manualSeed(0);
    x = randn(N, IN);
    y = randn(N, OUT);
  }

  private static void assertLearned(double loss) {
    assertTrue(loss < 1e-3, "loss " + loss);
  }

  /** Adam for one tensor, written out. */
  private static final class HandAdam {
    private final Tensor p;
    private final Tensor mean;
    private final Tensor square;
    private int step;

    HandAdam(Tensor p) {
      this.p = p;
      mean = zerosLike(p);
      square = zerosLike(p);
    }

    void step(Tensor grad) {
      step++;
      mean.mul_(0.9).add_(grad, 0.1);
      square.mul_(0.999).add_(grad.mul(grad), 0.001);
      Tensor m = mean.div(1 - Math.pow(0.9, step));
      Tensor v = square.div(1 - Math.pow(0.999, step));
      p.sub_(m.div(v.sqrt().add(1e-8)).mul(RATE));
    }
  }

  @Test
  @DisplayName("N10 example 1: tensors only, forward, backward and Adam by hand")
  void byHand() {
    Tensor w1 = randn(IN, HIDDEN).mul(0.05);
    Tensor w2 = randn(HIDDEN, OUT).mul(0.1);
    HandAdam adam1 = new HandAdam(w1);
    HandAdam adam2 = new HandAdam(w2);
    double loss = 0;
    for (int t = 0; t < STEPS; t++) {
      try (Scope step = Scope.open()) {
        Tensor h = x.mm(w1);
        Tensor hRelu = h.clamp(0, null);
        Tensor yPred = hRelu.mm(w2);
        loss = yPred.sub(y).pow(2).sum().item();

        Tensor gradYPred = yPred.sub(y).mul(2.0);
        Tensor gradW2 = hRelu.t().mm(gradYPred);
        Tensor gradH = gradYPred.mm(w2.t());
        gradH.set(h.lt(0), 0);
        Tensor gradW1 = x.t().mm(gradH);

        adam1.step(gradW1);
        adam2.step(gradW2);
      }
    }
    assertLearned(loss);
  }

  @Test
  @DisplayName("N10 example 2: autograd computes the gradients")
  void autograd() {
    Tensor w1 = randn(IN, HIDDEN).mul(0.05).requiresGrad_();
    Tensor w2 = randn(HIDDEN, OUT).mul(0.1).requiresGrad_();
    HandAdam adam1 = new HandAdam(w1);
    HandAdam adam2 = new HandAdam(w2);
    double loss = 0;
    for (int t = 0; t < STEPS; t++) {
      try (Scope step = Scope.open()) {
        Tensor error = x.mm(w1).clamp(0, null).mm(w2).sub(y).pow(2).sum();
        loss = error.item();
        error.backward();
        try (var guard = noGrad()) {
          adam1.step(w1.grad());
          adam2.step(w2.grad());
          w1.setGrad(null);
          w2.setGrad(null);
        }
      }
    }
    assertLearned(loss);
  }

  @Test
  @DisplayName("N10 example 3: nn brings the layers and the loss")
  void layers() {
    Sequential model = new Sequential(new Linear(IN, HIDDEN), new ReLU(), new Linear(HIDDEN, OUT));
    MSELoss lossFunction = new MSELoss(Reduction.SUM);
    var adams = model.parameters().stream().map(p -> new HandAdam(p)).toList();
    double loss = 0;
    for (int t = 0; t < STEPS; t++) {
      try (Scope step = Scope.open()) {
        Tensor error = lossFunction.forward(model.forward(x), y);
        loss = error.item();
        model.zeroGrad();
        error.backward();
        try (var guard = noGrad()) {
          adams.forEach(adam -> adam.step(adam.p.grad()));
        }
      }
    }
    assertLearned(loss);
  }

  @Test
  @DisplayName("N10 example 4: optim brings the update")
  void optimizer() {
    Sequential model = new Sequential(new Linear(IN, HIDDEN), new ReLU(), new Linear(HIDDEN, OUT));
    assertLearned(train(model));
  }

  /** The model as a class of its own. */
  static class TwoLayerNet extends Module {
    private static final long serialVersionUID = 1L;

    final Linear linear1;
    final Linear linear2;

    TwoLayerNet(int in, int hidden, int out) {
      linear1 = new Linear(in, hidden);
      linear2 = new Linear(hidden, out);
    }

    @Override
    public Tensor forward(Tensor x) {
      Tensor hRelu = linear1.forward(x).clamp(0, null);
      return linear2.forward(hRelu);
    }
  }

  @Test
  @DisplayName("N10 example 5: a Module subclass")
  void ownModule() {
    assertLearned(train(new TwoLayerNet(IN, HIDDEN, OUT)));
  }

  private double train(Module model) {
    MSELoss lossFunction = new MSELoss(Reduction.SUM);
    Adam optimizer = new Adam(model.parameters(), RATE);
    double loss = 0;
    for (int t = 0; t < STEPS; t++) {
      try (Scope step = Scope.open()) {
        Tensor error = lossFunction.forward(model.forward(x), y);
        loss = error.item();
        optimizer.zeroGrad();
        error.backward();
        optimizer.step();
      }
    }
    return loss;
  }
}
