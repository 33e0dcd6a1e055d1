/**
 * The texts of a page that are too pale for their ground (less than 3 to 1, WCAG 2.2 §1.4.11). To be
 * evaluated in the page, so it holds all that it needs.
 */
export function hardToRead(): readonly string[] {
  type Colour = readonly [red: number, green: number, blue: number, alpha: number];
  const read = (css: string): Colour => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (css.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top: Colour, under: Colour): Colour => {
    const mix = (index: 0 | 1 | 2): number => top[index] * top[3] + under[index] * (1 - top[3]);
    return [mix(0), mix(1), mix(2), 1];
  };
  const luminance = ([red, green, blue]: Colour): number => {
    const linear = (value: number): number =>
      value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  };
  const groundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const own = read(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
  };
  const ownText = (element: Element): string =>
    [...element.childNodes]
      .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
      .map(({ textContent }) => textContent?.trim() ?? '')
      .join('');

  return [...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && ownText(element) !== '')
    .filter((element) => {
      const ground = groundOf(element);
      const ink = over(read(getComputedStyle(element).color), ground);
      const [dark = 0, light = 0] = [luminance(ink), luminance(ground)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05) < 3;
    })
    .map((element) => `${element.tagName}.${element.className}: ${ownText(element).slice(0, 40)}`);
}
