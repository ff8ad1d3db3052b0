"use strict";
(() => {
  const data = JSON.parse(document.getElementById("counts").textContent);
  const form = document.getElementById("filters");
  const { words, labels, order, say } = data;
  const stages = [...order, ...data.exits];
  const DASH = "\u2013", MINUS = "\u2212", NBSP = "\u00a0";
  const SVG = "http://www.w3.org/2000/svg";

  // Numbers as the page writes them: halves go to the even neighbour, as in Python.
  const fixed = (value, decimals) => {
    if (Math.abs(value * 2 ** (decimals + 1)) % 2 !== 1) return value.toFixed(decimals);
    const low = Math.floor(value * 10 ** decimals);
    return ((low % 2 === 0 ? low : low + 1) / 10 ** decimals).toFixed(decimals);
  };
  const number = (value, decimals = 0, signed = false) => {
    if (!Number.isFinite(value)) return DASH;
    const [whole, part] = fixed(Math.abs(value), decimals).split(".");
    const [group, point] = data.language === "id" ? [".", ","] : [",", "."];
    const sign = value < 0 ? MINUS : signed ? "+" : "";
    return sign + whole.replace(/\B(?=(\d{3})+$)/g, group) + (part ? point + part : "");
  };
  const percent = (share) => {
    const whole = !Number.isFinite(share) || Number(fixed(1000 * share, 0)) % 10 === 0;
    const told = number(100 * share, whole || Math.abs(share) >= 0.1 ? 0 : 1);
    return told === DASH ? told : told + (data.language === "id" ? "%" : NBSP + "%");
  };
  const span = (value, most) =>
    value >= most ? number(most) + "+"
      : number(value, Number.isFinite(value) && value < 10 ? 1 : 0);
  const filled = (key, told) => say[key].replace(/\{(\w+)\}/g, (_, name) => told[name]);
  const stageName = (at) => at ? labels.stage[at] : say["flow.entry"];

  // The cubes: each row's words are the digits of one number, of which the steps are written.
  const dictionary = (key) => words[key === "source" || key === "target" ? "stage" : key];
  const cubes = {};
  for (const [name, packed] of Object.entries(data.cubes)) {
    const rows = packed.steps.length;
    const columns = packed.keys.map(() => new Int32Array(rows));
    let at = 0;
    packed.steps.forEach((step, row) => {
      let rest = at += step;
      for (let place = packed.keys.length - 1; place >= 0; place--) {
        const size = dictionary(packed.keys[place]).length;
        columns[place][row] = rest % size;
        rest = Math.floor(rest / size);
      }
    });
    const keys = Object.fromEntries(packed.keys.map((key, place) => [key, columns[place]]));
    cubes[name] = { rows, keys, ...packed.measures };
  }

  // What is asked for: places in the words, -1 for all of them.
  const asked = () => {
    const ends = ["from", "until"].map((name) => words.month.indexOf(form.elements[name].value));
    return {
      persona: form.elements.persona.value ? words.persona.indexOf(form.elements.persona.value) : -1,
      channel: form.elements.channel.value ? words.channel.indexOf(form.elements.channel.value) : -1,
      first: Math.min(...ends),
      last: Math.max(...ends),
    };
  };
  let ask = asked();
  const months = () => ask.last - ask.first + 1;

  // A pair of persona and channel that is too small stands twice: by its channel without the
  // persona, and by its persona without the channel, which counts where a persona alone is asked.
  const untold = words.channel.indexOf(data.apart);
  const holds = (cube, row) => {
    const { month, persona, channel } = cube.keys;
    return (!month || (month[row] >= ask.first && month[row] <= ask.last))
      && (!persona || ask.persona < 0 || persona[row] === ask.persona)
      && (!channel || (ask.channel < 0 ? ask.persona >= 0 || channel[row] !== untold
        : channel[row] === ask.channel));
  };
  const isHidden = (persona, channel) =>
    data.hidden.some(([who, by]) => who === words.persona[persona] && by === words.channel[channel]);
  const channelAt = (name) => words.channel.indexOf(name);
  // Sums of measures by the value that `key` gives a row; rows without one are left out.
  const sums = (name, measures, key) => {
    const cube = cubes[name], found = new Map();
    for (let row = 0; row < cube.rows; row++) {
      if (!holds(cube, row)) continue;
      const own = key(cube.keys, row);
      if (own === undefined) continue;
      const so_far = found.get(own) || measures.map(() => 0);
      measures.forEach((measure, at) => { so_far[at] += cube[measure][row]; });
      found.set(own, so_far);
    }
    return (own) => found.get(own) || measures.map(() => 0);
  };
  const has = (name, key) => {
    const cube = cubes[name];
    for (let row = 0; row < cube.rows; row++) if (holds(cube, row) && key(cube.keys, row)) return true;
    return false;
  };
  const quantile = (counted, edges, share) => {
    const total = counted.reduce((sum, one) => sum + one, 0);
    if (!total) return NaN;
    let before = 0;
    for (let at = 0; at < counted.length; at++) {
      const count = counted[at];
      if (count && before + count >= share * total) {
        const width = at >= edges.length - 1 ? 0 : edges[at + 1] - edges[at];
        return edges[at] + width * (share * total - before) / count;
      }
      before += count;
    }
    return edges[edges.length - 1];
  };
  const histogram = (name, measure, edges, key) => {
    const by_bin = sums(name, [measure], (keys, row) => key(keys, row) ? keys.bin[row] : undefined);
    return edges.map((_, bin) => by_bin(bin)[0]);
  };

  // Cells.
  const cell = (text, more = {}) => ({ text, ...more });
  const heated = (counts, note) => {
    const most = Math.max(0, ...counts.flat());
    return counts.map((row, y) => row.map((count, x) =>
      cell(number(count), count ? { heat: count / most, note: note && note(y, x) } : { mark: "zero" })));
  };
  const felt = ([total, rated]) => {
    if (!rated || rated < data.least.rating) return cell(DASH);
    const mean = total / rated;
    return cell(number(mean, 2, true), {
      note: filled("feelings.of", { number: number(rated) }),
      mark: mean > 0.1 ? "good" : mean < -0.1 ? "bad" : "",
    });
  };
  const write = (td, { text, note = "", mark = "", heat, bar }) => {
    td.querySelector("span").textContent = text;
    td.querySelector("small")?.remove();
    if (note) {
      const small = document.createElement("small");
      small.textContent = note;
      td.append(" ", small);
    }
    td.classList.remove("good", "bad", "zero", "heat");
    if (mark) td.classList.add(mark);
    td.style.removeProperty("--heat");
    if (heat !== undefined) {
      td.classList.add("heat");
      td.style.setProperty("--heat", heat.toFixed(3));
    }
    td.querySelector("svg.bar")?.remove();
    if (bar) {
      const svg = shape("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none" });
      svg.setAttribute("aria-hidden", "true");
      svg.append(shape("rect", {
        x: fixed(100 * bar.start, 2), y: 1, width: fixed(100 * bar.width, 2), height: 8,
      }));
      td.prepend(svg);
    }
  };
  const shape = (name, attributes, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // Every live table by its name: rows of cells, without the first, which stands already.
  const stageAt = (name) => words.stage.indexOf(name);
  const sheets = {
    matrix() {
      const size = words.stage.length;
      const moves = sums("flows", ["moves"], (keys, row) =>
        words.direction[keys.direction[row]] === data.stay ? undefined
          : keys.source[row] * size + keys.target[row]);
      const places = stages.map(stageAt);
      return heated([0, ...places].map((from) => places.map((to) => moves(from * size + to)[0])));
    },
    trend() {
      const size = words.month.length;
      const touched = sums("touches", ["events"], (keys, row) => keys.month[row]);
      const moves = sums("flows", ["moves"], (keys, row) => {
        const kind = data.rows.trend.indexOf(data.groups[words.direction[keys.direction[row]]]);
        return kind < 0 ? undefined : kind * size + keys.month[row];
      });
      const places = new Set(order.map(stageAt));
      const standing = sums("standing", ["customers"], (keys, row) =>
        places.has(keys.stage[row]) ? keys.month[row] : undefined);
      const columns = [touched, ...data.rows.trend.map((_, kind) => (at) => moves(kind * size + at)),
        standing].map((column) => heated([words.month.map((_, at) => column(at)[0])])[0]);
      return words.month.map((_, at) => columns.map((column) => column[at]));
    },
    grid() {
      const by = (keys, row) => keys.stage[row] * words.channel.length + keys.channel[row];
      const events = sums("touches", ["events"], by), reach = sums("reach", ["customers"], by);
      const rows = data.rows.touched.map(channelAt);
      const at = (y, x) => stageAt(data.rows.grid[x]) * words.channel.length + rows[y];
      const counts = rows.map((_, y) => data.rows.grid.map((_, x) => events(at(y, x))[0]));
      const cells = heated(counts, (y, x) => {
        const monthly = reach(at(y, x))[0] / months();
        return filled("grid.customers", { number: monthly < 1 ? "< 1" : span(monthly, Infinity) });
      });
      return cells.map((row, y) => isHidden(ask.persona, rows[y]) ? row.map(() => cell(DASH)) : row);
    },
    standing() {
      const size = words.stage.length;
      const counts = sums("standing", ["customers"], (keys, row) =>
        keys.month[row] * size + keys.stage[row]);
      const now = stages.map((name) => counts(ask.last * size + stageAt(name))[0]);
      const all = now.reduce((sum, one) => sum + one, 0);
      return stages.map((name, at) => [
        cell(number(now[at])),
        cell(percent(all ? now[at] / all : NaN)),
        cell(number(now[at] - counts(ask.first * size + stageAt(name))[0], 0, true)),
      ]);
    },
    dwell() {
      const edges = data.edges.dwell, end = edges[edges.length - 1];
      const found = order.map((name) => {
        const counted = histogram("dwell", "spells", edges,
          (keys, row) => keys.stage[row] === stageAt(name));
        return [counted.reduce((sum, one) => sum + one, 0),
          ...[0.25, 0.5, 0.75].map((share) => quantile(counted, edges, share))];
      });
      const most = Math.max(0, ...found.map(([, , , high]) => high || 0)) || 1;
      const so_far = order.map((name) => histogram("staying", "customers", edges,
        (keys, row) => keys.stage[row] === stageAt(name)));
      return found.map(([spells, low, median, high], at) => [
        cell(number(spells)),
        cell(span(median, end)),
        spells ? cell(`${span(low, end)} ${DASH} ${span(high, end)}`,
          { bar: { start: low / most, width: Math.max((high - low) / most, 0.015) } }) : cell(""),
        cell(number(so_far[at].reduce((sum, one) => sum + one, 0))),
        cell(span(quantile(so_far[at], edges, 0.5), end)),
      ]);
    },
    channels() {
      const by = (keys, row) => keys.channel[row];
      const touched = sums("touches", ["events", "value", "sentiment", "rated"], by);
      const reach = sums("reach", ["customers"], by), spent = sums("spend", ["cost"], by);
      return data.rows.channels.map((name) => {
        const at = channelAt(name);
        if (isHidden(ask.persona, at)) return new Array(6).fill(cell(DASH));
        const [events, value, sentiment, rated] = touched(at), each = data.costs[name];
        const known = ask.persona < 0 && has("spend", (keys, row) => keys.channel[row] === at);
        return [
          cell(number(reach(at)[0] / months())),
          cell(number(events)),
          cell(number(value)),
          felt([sentiment, rated]),
          cell(number(each === undefined ? NaN : each * events)),
          cell(number(known ? spent(at)[0] : NaN)),
        ];
      });
    },
    steps() {
      const size = words.step.length;
      const found = sums("touches", ["customers", "events", "value", "sentiment", "rated"],
        (keys, row) => keys.channel[row] * size + keys.step[row]);
      return data.rows.steps.map(([channel, step]) => {
        if (isHidden(ask.persona, channelAt(channel))) return new Array(4).fill(cell(DASH));
        const [customers, events, value, sentiment, rated] =
          found(channelAt(channel) * size + words.step.indexOf(step));
        return [cell(number(customers / months())), cell(number(events)), cell(number(value)),
          felt([sentiment, rated])];
      });
    },
    stated: () => feelings("stated"),
    text: () => feelings("text"),
    waits() {
      const edges = data.edges.waits, end = edges[edges.length - 1];
      const counted = (kind) => histogram("waits", "waits", edges,
        (keys, row) => words.kind[keys.kind[row]] === kind);
      const total = (some) => some.reduce((sum, one) => sum + one, 0);
      return data.rows.waits.map((kind) => {
        const ended = counted(kind);
        return [
          cell(number(total(ended))),
          cell(span(quantile(ended, edges, 0.5), end)),
          cell(span(quantile(ended, edges, 0.9), end)),
          cell(number(total(counted(kind + "_open")))),
        ];
      });
    },
    changes() {
      const found = sums("changes", ["issues", "switched", "ping_pong"], (keys, row) => keys.stage[row]);
      return data.rows.changes.map((name) => {
        const [issues, switched, often] = found(stageAt(name));
        return [cell(number(issues)),
          ...[switched, often].map((count) => cell(percent(issues ? count / issues : NaN)))];
      });
    },
  };
  const feelings = (origin) => {
    const size = words.stage.length;
    const own = (keys, row) => words.origin[keys.origin[row]] === origin;
    const measures = ["sentiment", "ratings"];
    const whole = sums("feelings", measures, (keys, row) => own(keys, row) ? keys.stage[row] : undefined);
    const dated = sums("feelings", measures, (keys, row) =>
      own(keys, row) ? keys.month[row] * size + keys.stage[row] : undefined);
    return [
      order.map((name) => felt(whole(stageAt(name)))),
      ...words.month.map((_, at) => order.map((name) => felt(dated(at * size + stageAt(name))))),
    ];
  };

  // Pictures.
  const sankey = (svg) => {
    const WIDE = 400, GAP = 14, FROM = 176, TO = 532, THICK = 12, START = FROM + THICK;
    const MIDDLE = Math.floor((START + TO) / 2);
    const size = words.stage.length, kinds = data.legend.length;
    const moves = sums("flows", ["moves"], (keys, row) => {
      const direction = words.direction[keys.direction[row]];
      const group = data.legend.indexOf(data.groups[direction]);
      return direction === data.stay ? undefined
        : (keys.source[row] * size + keys.target[row]) * kinds + group;
    });
    const drawn = [], lefts = new Array(size).fill(0), rights = new Array(size).fill(0);
    for (let at = 0; at < size * size * kinds; at++) {
      const count = moves(at)[0];
      if (!count) continue;
      const pair = Math.floor(at / kinds), source = Math.floor(pair / size), target = pair % size;
      drawn.push({ source, target, group: data.legend[at % kinds], count });
      lefts[source] += count;
      rights[target] += count;
    }
    const total = drawn.reduce((sum, one) => sum + one.count, 0);
    const nodes = Math.max(...[lefts, rights].map((side) => side.filter(Boolean).length), 1);
    const scale = total ? (WIDE - GAP * nodes) / total : 0;
    const tops = (side) => {
      let y = GAP / 2;
      return side.map((count) => {
        const top = y;
        if (count) y += count * scale + GAP;
        return top;
      });
    };
    const leaving = tops(lefts), reaching = tops(rights), one = (value) => fixed(value, 1);
    svg.querySelectorAll("path, rect, text").forEach((old) => old.remove());
    for (const { source, target, group, count } of drawn) {
      const thick = count * scale, y = leaving[source], z = reaching[target];
      leaving[source] += thick;
      reaching[target] += thick;
      const shown = Math.max(thick, 1);
      const path = shape("path", { class: `flow ${group}`, d:
        `M${START} ${one(y)}C${MIDDLE} ${one(y)} ${MIDDLE} ${one(z)} ${TO} ${one(z)}v${one(shown)}`
        + `C${MIDDLE} ${one(z + shown)} ${MIDDLE} ${one(y + shown)} ${START} ${one(y + shown)}z` });
      path.append(shape("title", {}, filled("flow.ribbon", {
        source: stageName(source), target: labels.stage[target], number: number(count) })));
      svg.append(path);
    }
    for (const [side, x, anchor] of [[lefts, FROM, "end"], [rights, TO, "start"]]) {
      tops(side).forEach((y, at) => {
        if (!side[at]) return;
        const tall = Math.max(side[at] * scale, 1);
        svg.append(
          shape("rect", { class: "node", x, y: one(y), width: THICK, height: one(tall) }),
          shape("text", { x: anchor === "end" ? x - 6 : x + THICK + 6, y: one(y + tall / 2 + 4),
            class: anchor }, `${stageName(at)} ${number(side[at])}`));
      });
    }
  };
  const curve = (svg) => {
    const [left, right, top, bottom, size] = [44, 24, 22, 46, 5], wide = 720, high = 240;
    for (const origin of data.origins) {
      const found = sums("feelings", ["sentiment", "ratings"], (keys, row) =>
        words.origin[keys.origin[row]] === origin ? keys.stage[row] : undefined);
      let path = "", marks = "", open = false;
      order.forEach((name, place) => {
        const [total, ratings] = found(stageAt(name));
        if (ratings < data.least.point) { open = false; return; }
        const x = left + (wide - left - right) * (place + 0.5) / Math.max(order.length, 1);
        const y = top + (high - top - bottom) * (1 - total / ratings) / 2;
        path += `${open ? "L" : "M"}${fixed(x, 1)} ${fixed(y, 1)}`;
        marks += `M${fixed(x - size, 1)} ${fixed(y, 1)}l${size} -${size}l${size} ${size}l-${size} ${size}z`;
        open = true;
      });
      svg.querySelector(`.${origin} .thread`).setAttribute("d", path);
      svg.querySelector(`.${origin} .dots`).setAttribute("d", marks);
    }
  };

  // What is shown follows what is asked for.
  const tell = () => {
    const events = sums("touches", ["events"], () => 0)(0)[0];
    const few = data.hidden.some(([who]) => who === words.persona[ask.persona]);
    const shown = filled("filter.shows", {
      persona: ask.persona < 0 ? say["filter.everyone"] : labels.persona[ask.persona],
      channel: ask.channel < 0 ? say["filter.every_channel"] : labels.channel[ask.channel],
      first: labels.month[ask.first], last: labels.month[ask.last], events: number(events),
    });
    document.getElementById("shown").textContent = few ? `${shown} ${say["filter.few"]}` : shown;
  };
  const hide = (name, body) => {
    const is_other = {
      channels: (at) => ask.channel >= 0 && channelAt(data.rows.channels[at]) !== ask.channel,
      grid: (at) => ask.channel >= 0 && channelAt(data.rows.touched[at]) !== ask.channel,
      trend: (at) => at < ask.first || at > ask.last,
      steps: (at) => ask.channel >= 0 && data.rows.steps[at][0] !== words.channel[ask.channel],
      stated: (at) => at > 0 && (at - 1 < ask.first || at - 1 > ask.last),
    };
    is_other.text = is_other.stated;
    if (is_other[name]) [...body.rows].forEach((row, at) => { row.hidden = is_other[name](at); });
  };
  // What is too small to be told cannot be chosen.
  const offer = () => {
    const { persona, channel } = form.elements;
    const at = (select, name) => words[name].indexOf(select.value);
    if (isHidden(at(persona, "persona"), at(channel, "channel"))) channel.value = "";
    for (const one of channel.options)
      one.disabled = isHidden(at(persona, "persona"), channelAt(one.value));
    for (const one of persona.options)
      one.disabled = isHidden(words.persona.indexOf(one.value), at(channel, "channel"));
  };
  const show = () => {
    offer();
    ask = asked();
    for (const table of document.querySelectorAll("table[data-live]")) {
      const name = table.dataset.live, body = table.tBodies[0];
      sheets[name]().forEach((row, y) =>
        row.forEach((one, x) => write(body.rows[y].cells[x + 1], one)));
      hide(name, body);
    }
    for (const row of document.querySelectorAll("tr[data-persona], tr[data-channel]")) {
      row.hidden = ["persona", "channel"].some((key) =>
        ask[key] >= 0 && row.dataset[key] && row.dataset[key] !== words[key][ask[key]]);
    }
    for (const [name, draw] of Object.entries({ sankey, curve })) {
      const svg = document.getElementById(name);
      if (svg) draw(svg);
    }
    tell();
  };
  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  // A browser may keep what was chosen before the page was loaded again.
  const chosen = [...form.querySelectorAll("select")].some((one) =>
    one.selectedIndex !== Math.max(0, [...one.options].findIndex((each) => each.defaultSelected)));
  if (chosen) show(); else tell();
})();
