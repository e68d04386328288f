import './theme.css';
import { render } from 'preact';

const Homepage = () => (
  <main>
    <h1>Marquee</h1>
  </main>
);

render(<Homepage />, document.getElementById('app')!);
